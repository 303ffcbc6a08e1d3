/** Makes a failing part of a history as small as it can be, after Zeller's delta debugging. */

import type { Read } from "./effects.js";
import type { Keys } from "./keys.js";
import type { Operation } from "./operations.js";

/** Tries before it is small enough. */
const TRIES_MOST = 400;

/** A small subset that still fails. `fails` is asked about subsets; the whole is known to. */
export function shrink<T>(whole: readonly T[], fails: (part: readonly T[]) => boolean): readonly T[] {
  let part = whole;
  let size = Math.ceil(part.length / 2);
  let tries = 0;
  while (part.length > 1 && tries < TRIES_MOST) {
    let smaller: readonly T[] | undefined;
    for (let start = 0; start < part.length && !smaller && tries < TRIES_MOST; start += size) {
      const rest = [...part.slice(0, start), ...part.slice(start + size)];
      tries += 1;
      if (rest.length > 0 && fails(rest)) smaller = rest;
    }
    if (!smaller && size === 1) break;
    part = smaller ?? part;
    size = smaller ? Math.min(size, Math.ceil(part.length / 2)) : Math.ceil(size / 2);
  }
  return part;
}

/**
 * A part of a history, so that the whole fails if the part does: a read whose value may come from somebody who is left
 * out tells nothing any more. From a serial order of the whole, leave out the same, and what is left still explains the
 * reads that are left.
 */
export function restricted(part: readonly Operation[], keys: Keys): { part: Operation[]; keys: Keys } {
  const there = new Set(part.map(({ invoked }) => invoked));
  const allThere = (writers: readonly Operation[] | undefined) =>
    writers?.every(({ invoked }) => there.has(invoked)) ?? true;
  const left: Keys = new Map();
  for (const { reads, writes } of part) {
    for (const { key } of [...reads, ...writes]) {
      const facts = keys.get(key);
      if (!facts || left.has(key)) continue;
      const gap = facts.order.findIndex((element) => !allThere(facts.writers.get(element)));
      left.set(key, gap < 0 ? facts : { ...facts, order: facts.order.slice(0, gap) });
    }
  }
  const tells = ({ key, value }: Read): boolean => {
    const facts = left.get(key);
    return facts?.list ? Number(value) <= facts.order.length : allThere(facts?.writers.get(value));
  };
  return { part: part.map((operation) => ({ ...operation, reads: operation.reads.filter(tells) })), keys: left };
}
