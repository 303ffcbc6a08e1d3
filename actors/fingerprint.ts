/** Tells a repeated request from another one under the same id, and names attempts. */

import { Hash } from "./hash.js";
import type { Check, Incarnation, Operation, TxnId } from "./transaction.js";

export function fingerprint(operations: readonly Operation[], checks: readonly Check[]): number {
  const hash = new Hash();
  for (const operation of operations) {
    hash.text(operation.op).text(operation.key);
    if (operation.op === "put") hash.value(operation.value);
    if (operation.op === "add") hash.text(String(operation.delta));
  }
  for (const check of checks) {
    hash.text(check.is);
    if ("key" in check) hash.text(check.key);
    else hash.text(check.range.start ?? "").text(check.range.end ?? "");
    if (check.is === "equals") hash.value(check.value);
    if ("version" in check) hash.text(check.version);
  }
  return hash.digest();
}

/**
 * Names an attempt after all that is asked in it: who asks, of which lives, under which view, and what. So a vote in one
 * never counts in another one; one that asks the same of the same may use it.
 */
export function attemptOf(coordinator: Incarnation, asked: Asked): number {
  const hash = new Hash();
  for (const { node, epoch } of [coordinator, ...asked.processes]) hash.text(node).text(String(epoch));
  return hash
    .text(asked.view ?? "")
    .text(String(asked.fingerprint))
    .digest();
}

export type Asked = { processes: readonly Incarnation[]; view: TxnId | undefined; fingerprint: number };
