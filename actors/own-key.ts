/** The keys of the cluster itself: data like any other, but no user has such a key or sees one. */

import type { Key, Operation } from "./transaction.js";

/** Their first character. */
export const OWN = "\u0000";
/** What the keys of files begin with. */
export const FILE_ROWS = `${OWN}file/`;
/** The least text that can begin a key of a user. */
export const FIRST_KEY = "\u0001";

/** Whether this key is the cluster's own. */
export function isOwnKey(key: Key): boolean {
  return key.charCodeAt(0) === 0;
}

/** Whether a transaction is about what the cluster does by itself. Files are their users' business. */
export function concernsOwn([first]: readonly Operation[]): boolean {
  return first !== undefined && ((isOwnKey(first.key) && !first.key.startsWith(FILE_ROWS)) || first.op === "expire");
}

/** Those that are a user's. */
export function withoutOwn(keys: readonly Key[]): Key[] {
  return keys.filter((key) => !isOwnKey(key));
}
