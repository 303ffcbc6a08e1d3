/** Rows that wait lie over those that are in their place: one key, one row, in the order of the keys. */

import { compareKeys, type RangeQuery } from "../actors/range.js";
import type { Entry, Key, KeyRange, Stored } from "../actors/transaction.js";

/** Rows that are durable but not in their place; `undefined` deletes. */
export interface Waiting {
  has(key: Key): boolean;
  get(key: Key): Uint8Array | undefined;
  /** The keys of a range in order, also those that are to be deleted. */
  keysIn(range: KeyRange, reverse: boolean): Iterator<Key>;
}

/** The first entries of a range. `placed` gives those in their place, from the same end. */
export function overlaid(
  placed: Iterable<{ key: Key; value: Stored }>,
  waiting: Waiting,
  { range, limit, reverse }: RangeQuery,
  open: (key: Key, row: Uint8Array) => Stored,
): Entry[] {
  const found: Entry[] = [];
  const sign = reverse ? -1 : 1;
  const above = waiting.keysIn(range, reverse);
  let next = above.next();
  const takeNext = () => {
    const row = waiting.get(next.value);
    if (row) found.push({ key: next.value, stored: open(next.value, row) });
    next = above.next();
  };
  for (const { key, value } of placed) {
    while (!next.done && found.length < limit && sign * compareKeys(next.value, key) < 0) takeNext();
    if (found.length >= limit) return found;
    if (!next.done && next.value === key) takeNext();
    else found.push({ key, stored: value });
  }
  while (!next.done && found.length < limit) takeNext();
  return found;
}

/** What the library is asked for. In reverse it begins with the last one. No bound at its start is the empty text. */
export function boundsOf({ start = "", end }: KeyRange, reverse: boolean) {
  if (!reverse) return { start, ...(end !== undefined && { end }) };
  return { reverse, end: start, inclusiveEnd: true, ...(end !== undefined && { start: end, exclusiveStart: true }) };
}
