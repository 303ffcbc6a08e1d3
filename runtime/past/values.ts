/** What every key held after each change, as far as the changes that are kept and the data at the end prove it. */

import { pathIn } from "../../actors/file.js";
import { isOwnKey } from "../../actors/own-key.js";
import { compareKeys } from "../../actors/range.js";
import type { Change, Key, Stored } from "../../actors/transaction.js";

/** `undefined`: it is not there. `unknown`: nobody can say any more. */
export type Known = Stored | undefined | "unknown";

export class Values {
  readonly #changes: readonly Change[];
  readonly #complete: boolean;
  readonly #data: ReadonlyMap<Key, Stored>;
  /** Of each key the changes of it, as places in the list. */
  readonly #touching = new Map<Key, number[]>();
  #keys: Key[] | undefined;

  /** `data` is what stands after the last change; `complete` says that nothing was there before the first one. */
  constructor(changes: readonly Change[], data: ReadonlyMap<Key, Stored>, complete: boolean) {
    this.#changes = changes;
    this.#data = data;
    this.#complete = complete;
    for (const [place, { writes }] of changes.entries()) {
      for (const { key } of writes) {
        const places = this.#touching.get(key);
        if (places) places.push(place);
        else this.#touching.set(key, [place]);
      }
    }
  }

  /** After so many changes. */
  at(key: Key, step: number): Known {
    const places = this.#touching.get(key) ?? [];
    const last = places[lastBelow(places, step)];
    if (last !== undefined) return this.#written(key, last);
    if (places.length === 0) return this.#data.get(key);
    return this.#complete ? undefined : "unknown";
  }

  /** Keys and files of users, in their order, that are there at some time. */
  *keys(prefix: Key, from: Key | undefined): Iterable<Key> {
    this.#keys ??= [...new Set([...this.#data.keys(), ...this.#touching.keys()])].filter(isShown).sort(compareKeys);
    for (const key of this.#keys) {
      if (key.startsWith(prefix) && (from === undefined || compareKeys(key, from) >= 0)) yield key;
    }
  }

  #written(key: Key, place: number): Stored | undefined {
    const { writes = [], txn = "" } = this.#changes[place] ?? {};
    const value = writes.findLast((write) => write.key === key)?.value;
    return value === undefined ? undefined : { value, version: txn };
  }
}

/** The place of the last number of a list that is below another one; -1 when there is none. */
function lastBelow(numbers: readonly number[], bound: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function isShown(key: Key): boolean {
  return !isOwnKey(key) || pathIn(key) !== undefined;
}
