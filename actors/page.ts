/** A part of a range, as large as was asked for and as a message may hold. */

import type { Page } from "./message.js";
import type { Env } from "./protocol.js";
import { afterKey, type RangeQuery, rangeVersion } from "./range.js";
import type { Entry, KeyRange } from "./transaction.js";

/** Rows that are looked at together, so that few large values are in memory at once. */
const CHUNK = 64;
const BYTES = 4 * 1024 * 1024;

export function pageOf({ range, limit, reverse }: RangeQuery, env: Pick<Env, "scan">): Page {
  const entries: Entry[] = [];
  let bytes = 0;
  let rest = range;
  let isWhole = false;
  while (!isWhole && entries.length < limit && bytes < BYTES) {
    const wanted = Math.min(CHUNK, limit - entries.length);
    const chunk = env.scan(rest, wanted, reverse);
    isWhole = chunk.length < wanted;
    for (const entry of chunk) {
      if (bytes >= BYTES) break;
      entries.push(entry);
      bytes += entry.key.length + entry.stored.value.length;
    }
    rest = beyond(entries, range, reverse);
  }
  const more = (!isWhole || bytes >= BYTES) && env.scan(rest, 1, reverse).length > 0;
  const covered = more ? upTo(entries, range, reverse) : range;
  return { entries, covered, version: rangeVersion(reverse ? [...entries].reverse() : entries), more };
}

/** All of a range, read in chunks. */
export function* entriesIn(range: KeyRange, env: Pick<Env, "scan">): Iterable<Entry> {
  for (let rest: KeyRange | undefined = range; rest; ) {
    const chunk: Entry[] = env.scan(rest, CHUNK);
    yield* chunk;
    rest = chunk.length < CHUNK ? undefined : beyond(chunk, range, false);
  }
}

/** What of the range comes after these entries, in the direction of the scan. */
function beyond(entries: readonly Entry[], range: KeyRange, reverse: boolean): KeyRange {
  const last = entries.at(-1);
  if (last === undefined) return range;
  return reverse ? { ...range, end: last.key } : { ...range, start: afterKey(last.key) };
}

/** What of the range these entries are all of. */
function upTo(entries: readonly Entry[], range: KeyRange, reverse: boolean): KeyRange {
  const last = entries.at(-1);
  if (last === undefined) return range;
  return reverse ? { ...range, start: last.key } : { ...range, end: afterKey(last.key) };
}
