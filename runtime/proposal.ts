/** A transaction before a vote, as a program would write it. */

import type { Consider } from "../actors/message.js";
import { isOwnKey } from "../actors/own-key.js";
import type { NodeId } from "../actors/transaction.js";
import type { Check, Operation, Proposal } from "./api.js";
import { shownFileCheck, shownOperation } from "./files/file-operations.js";
import { shownEntry, shownRange } from "./shown.js";
import { decodeValue } from "./validation.js";

/** What a node asks about, without the rows that are only the cluster's own. */
export function proposalOf({ txn, operations, checks }: Consider, node: NodeId): Proposal {
  const shown = operations.flatMap((operation): Operation[] => {
    if (operation.op === "expire") return [];
    const onFile = shownOperation(operation);
    if (onFile || operation.op === "copy" || isOwnKey(operation.key)) return onFile ? [onFile] : [];
    if (operation.op !== "put") return [shownEntry(operation)];
    const { op, key, value, ttlMs } = operation;
    return [shownEntry({ op, key, value: decodeValue(value), ...(ttlMs !== undefined && { ttlMs }) })];
  });
  const required = checks.flatMap((check): Check[] => {
    const ofFile = shownFileCheck(check);
    if (ofFile) return [ofFile];
    if (check.is === "rangeUnchanged") return [{ ...check, range: shownRange(check.range) }];
    if (isOwnKey(check.key)) return [];
    return [shownEntry(check.is === "equals" ? { ...check, value: decodeValue(check.value) } : check)];
  });
  return { txn, node, operations: shown, checks: required };
}
