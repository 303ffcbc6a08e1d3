/** Decides which keys, prefixes and bounds of ranges may enter the core, and gives them the form that it knows. */

import { FILES, pathIn } from "../actors/file.js";
import { FIRST_KEY, isOwnKey } from "../actors/own-key.js";
import { compareKeys } from "../actors/range.js";
import { COMPOSITE_MARK, encodeComposite } from "./composite.js";
import { AyesError } from "./errors.js";
import { bytesBeyond, describe, isWellFormed } from "./json-shape.js";

const KEY_LIMIT_BYTES = 1024;
/** With the longest path. */
const ROW_LIMIT_BYTES = KEY_LIMIT_BYTES + 16;

/** A key for the core: any well-formed text, or parts as a text, of 1 to 1,024 bytes in UTF-8. */
export function checkKey(key: unknown, name = "the key"): string {
  if (Array.isArray(key)) return requireShort(encodeComposite(key, name), `${name} in its encoded form`);
  if (typeof key !== "string")
    throw new AyesError("invalid", `${name} must be a string or an array, not ${describe(key)}`);
  if (key.length === 0) throw new AyesError("invalid", `${name} must not be empty`);
  return checkText(key, name);
}

/** A key that may be read: a user's, or that of a file's row. */
export function checkReadableKey(key: unknown, name: string): string {
  return typeof key === "string" && pathIn(key) !== undefined
    ? requireShort(key, name, ROW_LIMIT_BYTES)
    : checkKey(key, name);
}

/** What keys may start with: a text or parts. The empty prefix is every key's. */
export function checkPrefix(prefix: unknown = ""): string {
  return prefix === "" ? prefix : checkKey(prefix, "the prefix");
}

/** A text that a key may be or begin with. */
export function checkText(text: unknown, name: string): string {
  if (typeof text !== "string") throw new AyesError("invalid", `${name} must be a string, not ${describe(text)}`);
  requireShort(text, name);
  if (!isWellFormed(text)) throw new AyesError("invalid", `${name} contains a lone surrogate, which is no character`);
  if (isOwnKey(text)) {
    throw new AyesError("invalid", `${name} begins with U+0000, as only the cluster's own keys do`);
  }
  if (text.startsWith(COMPOSITE_MARK)) {
    throw new AyesError("invalid", `${name} begins with U+0001, as composite keys do inside; write one as an array`);
  }
  return text;
}

function requireShort(key: string, name: string, limit = KEY_LIMIT_BYTES): string {
  if (!bytesBeyond(key, limit)) return key;
  throw new AyesError("too-large", `${name} has ${Buffer.byteLength(key)} bytes; the limit is ${limit}`);
}

/** A bound need not be a key: it may be empty, or the least text after the longest key or after some composite keys. */
export function checkBound(bound: unknown, name: string): string {
  if (Array.isArray(bound)) return checkKey(bound, name);
  if (typeof bound !== "string")
    throw new AyesError("invalid", `${name} must be a string or an array, not ${describe(bound)}`);
  if (isFileBound(bound)) return requireShort(bound, name, ROW_LIMIT_BYTES);
  if (bytesBeyond(bound, KEY_LIMIT_BYTES + 1)) throw new AyesError("too-large", `${name} is longer than a key can be`);
  if (!isWellFormed(bound)) throw new AyesError("invalid", `${name} contains a lone surrogate, which is no character`);
  return compareKeys(bound, FIRST_KEY) < 0 ? FIRST_KEY : bound;
}

/** Rows of files can be read like keys, and nothing else that the cluster keeps. */
function isFileBound(bound: string): boolean {
  return pathIn(bound) !== undefined || bound === FILES.end;
}
