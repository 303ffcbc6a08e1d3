/**
 * Keys that expire. A put with a time to live also writes a row under a key of the cluster's own, which names the key and
 * the instant by the clock of its coordinator, so that it is the same at all replicas. Whoever looks after expiries runs
 * a transaction when that instant has come: what was put is deleted, unless somebody has put something else meanwhile.
 * So a key is there until a transaction has removed it, and no replica's clock decides what a reader sees.
 */

import { OWN } from "./own-key.js";
import type { Env } from "./protocol.js";
import { prefixRange } from "./range.js";
import type { Expire, Key, KeyRange, Millis, Operation, TxnId, Write } from "./transaction.js";

const ROWS = `${OWN}expires/`;
/** All that is kept of what expires. */
export const EXPIRIES: KeyRange = prefixRange(ROWS);
/** Enough for every instant that a number can hold exactly. */
const DIGITS = 16;

/** Where it is kept that a key expires: in the order of time. */
export function expiryKey(at: Millis, key: Key): Key {
  return `${ROWS}${String(at).padStart(DIGITS, "0")}/${key}`;
}

/** What is due at an instant, the longest due first. */
export function dueAt(now: Millis): KeyRange {
  return { start: ROWS, end: expiryKey(Math.floor(now) + 1, "") };
}

export function isExpiry(key: Key): boolean {
  return key.startsWith(ROWS);
}

/** What such a row says. */
export function expiryIn(row: Key): Expire {
  const at = row.slice(ROWS.length, ROWS.length + DIGITS);
  return { op: "expire", key: row.slice(ROWS.length + DIGITS + 1), at: Number(at) };
}

/** Whether what it puts expires. */
export function mayExpire(operation: Operation): boolean {
  return operation.op === "put" && operation.ttlMs !== undefined;
}

/** The row beside a put with a time to live. */
export function expiryOf(operation: Operation, version: TxnId): Write[] {
  if (operation.op !== "put" || operation.expiresAt === undefined) return [];
  return [{ key: expiryKey(operation.expiresAt, operation.key), value: "null", version }];
}

/** What an expiry removes: its row, and the key if it is still as it was put. */
export function expired({ key, at }: Expire, version: TxnId, env: Pick<Env, "read">): Write[] {
  const row = expiryKey(at, key);
  const due = env.read(row);
  if (!due) return [];
  const isAsPut = env.read(key)?.version === due.version;
  return [row, ...(isAsPut ? [key] : [])].map((gone) => ({ key: gone, value: undefined, version }));
}

/** Its rows among the keys that an operation locks. */
export function rowsOf(operation: Operation): Key[] {
  if (operation.op === "expire") return [expiryKey(operation.at, operation.key)];
  return operation.op === "put" && operation.expiresAt !== undefined
    ? [expiryKey(operation.expiresAt, operation.key)]
    : [];
}
