/** A part of a range, as large as was asked for and as a message may hold. */

import type { Page } from "./message.js";
import type { Env } from "./protocol.js";
import { afterKey, type RangeQuery, rangeVersion } from "./range.js";
import type { Entry, KeyRange } from "./transaction.js";

/** Rows that are looked at together, so that few large values are in memory at once; more when they are small. */
const CHUNK = 64;
const LARGE_CHUNK = 1024;
const SMALL_BYTES = 512;
/** When all is read: how many at most, and up to which size more may be wanted. */
const CHUNK_MOST = 8192;
const LIGHT_BYTES = 1024 * 1024;
const BYTES = 4 * 1024 * 1024;

export function pageOf({ range, limit, reverse }: RangeQuery, env: Pick<Env, "scan">): Page {
  const entries: Entry[] = [];
  let bytes = 0;
  let rest = range;
  let isWhole = false;
  while (!isWhole && entries.length < limit && bytes < BYTES) {
    const areSmall = entries.length > 0 && bytes < entries.length * SMALL_BYTES;
    const wanted = Math.min(areSmall ? LARGE_CHUNK : CHUNK, limit - entries.length);
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

/** All of a range, read in chunks that grow while they are light: each has a price of its own. */
export function* entriesIn(range: KeyRange, env: Pick<Env, "scan">): Iterable<Entry> {
  let wanted = CHUNK;
  for (let rest: KeyRange | undefined = range; rest; ) {
    const chunk: Entry[] = env.scan(rest, wanted);
    yield* chunk;
    rest = chunk.length < wanted ? undefined : beyond(chunk, range, false);
    const bytes = chunk.reduce((sum, { stored }) => sum + stored.value.length, 0);
    wanted = bytes < LIGHT_BYTES ? Math.min(wanted * 2, CHUNK_MOST) : CHUNK;
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
