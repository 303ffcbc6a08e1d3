/** What a transaction of a conversation does and demands, and what it writes, in words. */

import { constraintKey } from "../../actors/constraint.js";
import type { Kind } from "../../actors/demand.js";
import { type Digest, type FileRow, fileKey, pathIn } from "../../actors/file.js";
import type { ForcedOrder } from "../../actors/forced.js";
import type { Check, Key, Operation, Value } from "../../actors/transaction.js";

/** The operation that these words say, if they do. */
export function operationIn([word, key = "", is = "", value = ""]: string[]): Operation | undefined {
  switch (word) {
    case "demand":
      return demanded(key, is as Kind, value);
    case "undo":
      return { op: "del", key: constraintKey(is as Kind, key) };
    case "put":
      return { op: "put", key, value: is };
    case "put-for":
      return { op: "put", key, value: is, ttlMs: Number(value) };
    case "expire":
      return { op: "expire", key, at: Number(is) };
    case "del":
      return { op: "del", key };
    case "add":
      return { op: "add", key, delta: Number(is) };
    case "write":
      return { op: "put", key: fileKey(key), value: rowOf(is) };
    case "copy":
      return { op: "copy", key: fileKey(is), source: fileKey(key) };
    case "remove":
      return { op: "del", key: fileKey(key) };
    default:
      return undefined;
  }
}

export function checkIn([, key = "", is = "", value = ""]: string[]): Check {
  return is === "equals" ? { key, is, value } : { key, is: is as "exists" | "absent" };
}

/** The content that a letter stands for. */
export function digestOf(letter: string): Digest {
  return letter.repeat(64);
}

export function letterOf(digest: Digest): string {
  return digest.slice(0, 1);
}

/** A value as conversations show it: of a file, its content. */
export function valueText(key: Key, value: Value | undefined): string {
  if (pathIn(key) === undefined) return String(value);
  const { digest, chunks } = JSON.parse(String(value)) as FileRow;
  return chunks === undefined ? "inline" : `content ${letterOf(digest)}`;
}

/** `demand PREFIX KIND LIMIT`: the constraint as the cluster keeps it. */
function demanded(prefix: string, kind: Kind, limit: string): Operation {
  return { op: "put", key: constraintKey(kind, prefix), value: limit };
}

/** Without a letter, the file stands in its row. */
function rowOf(letter: string): string {
  const row: FileRow = letter
    ? { size: 100_000, digest: digestOf(letter), chunks: "" }
    : { size: 0, digest: digestOf("0"), inline: "" };
  return JSON.stringify(row);
}

/** What a person forced, and how it really ended if that is another way. */
export function orderText({ txn, outcome, by, reason, real }: ForcedOrder): string {
  return `${txn} ${outcome} by ${by}: ${reason}${real ? `; it is ${real}` : ""}`;
}
