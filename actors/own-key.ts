/** The keys of the cluster itself: data like any other, but no user has such a key or sees one. */

import type { Key } from "./transaction.js";

/** Their first character. */
export const OWN = "\u0000";
/** The least text that can begin a key of a user. */
export const FIRST_KEY = "\u0001";

/** Whether this key is the cluster's own. */
export function isOwnKey(key: Key): boolean {
  return key.charCodeAt(0) === 0;
}

/** Whether a transaction is about what the cluster keeps for itself. */
export function concernsOwn(operations: readonly { key: Key }[]): boolean {
  return operations[0] !== undefined && isOwnKey(operations[0].key);
}

/** Those that are a user's. */
export function withoutOwn(keys: readonly Key[]): Key[] {
  return keys.filter((key) => !isOwnKey(key));
}
