/** Ranges of keys, in the order of their bytes in UTF-8, and what tells whether one has changed. */

import { Hash } from "./hash.js";
import type { Entry, Key, KeyRange } from "./transaction.js";

/** Which of a range is wanted: the first ones, or in reverse the last ones, last one first. */
export type RangeQuery = { range: KeyRange; limit: number; reverse: boolean };

/** Negative when `left` comes first. The order of bytes in UTF-8 is that of code points, not that of UTF-16 units. */
export function compareKeys(left: Key, right: Key): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Surrogates stand for the code points beyond all other units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

export function isWithin(key: Key, { start, end }: KeyRange): boolean {
  return (start === undefined || compareKeys(key, start) >= 0) && (end === undefined || compareKeys(key, end) < 0);
}

/** The least key that comes after this one. */
export function afterKey(key: Key): Key {
  return `${key}\u0000`;
}

/** All keys that begin with this text. */
export function prefixRange(prefix: string): KeyRange {
  const end = afterAllWith(prefix);
  return { start: prefix, ...(end !== undefined && { end }) };
}

/** The least text that comes after all that begin with this one, if there is any. */
function afterAllWith(prefix: string): Key | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point < 0x10ffff) return points.join("") + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

/** Names which keys, with which versions, are in a range: how many, and a hash of them in their order. */
export function rangeVersion(entries: Iterable<Entry>): string {
  const hash = new Hash();
  let count = 0;
  for (const { key, stored } of entries) {
    hash.text(key).text(stored.version);
    count += 1;
  }
  return `${count}.${hash.digest().toString(36)}`;
}

/** How many keys there were in the range. */
export function countIn(version: string): number {
  return Number.parseInt(version, 10);
}
