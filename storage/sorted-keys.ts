/** A set of keys in their order. They are put in order only when somebody asks for it, so that adding costs nothing. */

import { compareKeys } from "../actors/range.js";
import type { Key, KeyRange } from "../actors/transaction.js";

/** Keys are inserted into one of many short lists. */
const CHUNK = 512;
/** When more than this share of all is new, all are sorted again instead. */
const REBUILT_FROM = 1 / 8;

export class SortedKeys {
  /** Each in order, none empty, and each before the next one. */
  #chunks: Key[][] = [];
  #size = 0;
  #fresh: Key[];

  constructor(keys: Iterable<Key> = []) {
    this.#fresh = [...keys];
  }

  /** Takes a key that it does not have. */
  add(key: Key): void {
    this.#fresh.push(key);
  }

  /** Those of the range, in order or in reverse. Nothing may be added meanwhile. */
  *within(range: KeyRange, reverse: boolean): Generator<Key, undefined> {
    this.#settle();
    const { start, end } = range;
    const first = start === undefined ? 0 : Math.max(0, this.#chunkOf(start));
    const last = end === undefined ? this.#chunks.length - 1 : Math.max(0, this.#chunkOf(end));
    const step = reverse ? -1 : 1;
    for (let index = reverse ? last : first; index >= first && index <= last; index += step) {
      const chunk = this.#chunks[index] ?? [];
      const begin = start === undefined ? 0 : firstFrom(chunk, start);
      const beyond = end === undefined ? chunk.length : firstFrom(chunk, end);
      const part = chunk.slice(begin, beyond);
      yield* reverse ? part.reverse() : part;
    }
    return undefined;
  }

  #settle(): void {
    const fresh = this.#fresh;
    if (fresh.length === 0) return;
    this.#fresh = [];
    this.#size += fresh.length;
    if (fresh.length > this.#size * REBUILT_FROM) this.#rebuild([...this.#chunks.flat(), ...fresh]);
    else for (const key of fresh) this.#insert(key);
  }

  #rebuild(keys: Key[]): void {
    keys.sort(compareKeys);
    this.#chunks = [];
    for (let index = 0; index < keys.length; index += CHUNK) this.#chunks.push(keys.slice(index, index + CHUNK));
  }

  #insert(key: Key): void {
    const index = Math.max(0, this.#chunkOf(key));
    const chunk = this.#chunks[index] ?? [];
    chunk.splice(firstFrom(chunk, key), 0, key);
    if (chunk.length > 2 * CHUNK) this.#chunks.splice(index, 1, chunk.slice(0, CHUNK), chunk.slice(CHUNK));
  }

  /** The last list that begins with this key or an earlier one; -1 when all begin later. */
  #chunkOf(key: Key): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#chunks[middle]?.[0] ?? key, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Where the first key stands that is not before this one. */
function firstFrom(chunk: readonly Key[], key: Key): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(chunk[middle] ?? key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
