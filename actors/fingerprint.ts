/** Tells a repeated request from another one under the same id, and names attempts. */

import { Hash } from "./hash.js";
import type { Check, Incarnation, Millis, Operation, TxnId } from "./transaction.js";

export function fingerprint(operations: readonly Operation[], checks: readonly Check[]): number {
  const hash = new Hash();
  for (const operation of operations) addOperation(hash, operation);
  for (const check of checks) addCheck(hash, check);
  return hash.digest();
}

/** Without the instant at which it expires: whoever asks again under the same id asks for the same. */
function addOperation(hash: Hash, operation: Operation): void {
  hash.text(operation.op).text(operation.key);
  switch (operation.op) {
    case "put":
      hash.value(operation.value);
      if (operation.ttlMs !== undefined) hash.text(String(operation.ttlMs));
      break;
    case "add":
      hash.text(String(operation.delta));
      break;
    case "copy":
      hash.text(operation.source);
      break;
    case "expire":
      hash.text(String(operation.at));
  }
}

function addCheck(hash: Hash, check: Check): void {
  hash.text(check.is);
  if ("key" in check) hash.text(check.key);
  else hash.text(check.range.start ?? "").text(check.range.end ?? "");
  if (check.is === "equals") hash.value(check.value);
  if ("version" in check) hash.text(check.version);
}

/**
 * Names an attempt after all that is asked in it: who asks, of which lives, under which view, and what. So a vote in one
 * never counts in another one; one that asks the same of the same may use it.
 */
export function attemptOf(coordinator: Incarnation, asked: Asked): number {
  const hash = new Hash();
  for (const { node, epoch } of [coordinator, ...asked.processes]) hash.text(node).text(String(epoch));
  hash.text(asked.view ?? "").text(String(asked.fingerprint));
  if (asked.at !== undefined) hash.text(String(asked.at));
  return hash.digest();
}

export type Asked = {
  processes: readonly Incarnation[];
  view: TxnId | undefined;
  fingerprint: number;
  /** The instant from which times to live count, if there are any. */
  at: Millis | undefined;
};
