/**
 * Committed data that is durable in rows of changes but not yet in its place.
 *
 * Keys of many transactions lie far apart in the tree, and a commit has to flush every page that it touches. So a
 * commit appends what it writes to one row, and what has gathered over many commits is put in its place in the
 * order of the keys, a little with each later commit: neighbours share pages, and no commit takes long.
 */

import { compareKeys } from "../actors/range.js";
import type { Key, KeyRange } from "../actors/transaction.js";
import type { Waiting } from "./overlay.js";
import { SortedKeys } from "./sorted-keys.js";

/** A data row as it will stand in its place; `undefined` deletes it. */
export type DataRow = readonly [key: Key, row: Uint8Array | undefined];

/** Data rows to put in their place, and the rows of changes that are in their place once that is done. */
export type Share = { rows: DataRow[]; numbers: number[] };

/** When so much has gathered it begins to settle. These bound the memory, and the work of opening the store. */
const MOST_KEYS = 32_768;
const MOST_BYTES = 16 * 1024 * 1024;
/** Settling is this much faster than gathering, so it always ends in time. */
const HASTE = 2;

type Generation = { waiting: Map<Key, Uint8Array | undefined>; numbers: number[]; bytes: number };

export class Redo implements Waiting {
  #gathering: Generation = { waiting: new Map(), numbers: [], bytes: 0 };
  #settling: Generation = { waiting: new Map(), numbers: [], bytes: 0 };
  /** The rows of `#settling` in the order of their keys; the first `#settled` are in their place. */
  #sorted: DataRow[] = [];
  #settled = 0;
  /** All that wait, once. */
  #keys = new SortedKeys();

  has(key: Key): boolean {
    return this.#gathering.waiting.has(key) || this.#settling.waiting.has(key);
  }

  get(key: Key): Uint8Array | undefined {
    const { waiting } = this.#gathering;
    return waiting.has(key) ? waiting.get(key) : this.#settling.waiting.get(key);
  }

  /** Everything that waits, the newest row of each key. */
  waiting(): Map<Key, Uint8Array | undefined> {
    return new Map([...this.#settling.waiting, ...this.#gathering.waiting]);
  }

  keysIn(range: KeyRange, reverse: boolean): Iterator<Key> {
    return this.#keys.within(range, reverse);
  }

  get isEmpty(): boolean {
    return this.#gathering.numbers.length === 0 && this.#settling.numbers.length === 0;
  }

  /** Takes what a row of changes holds, once that row is durable. */
  add(number: number, rows: readonly DataRow[]): void {
    const { waiting, numbers } = this.#gathering;
    numbers.push(number);
    this.#gathering.bytes += sizeOf(rows);
    for (const [key, row] of rows) {
      if (!this.has(key)) this.#keys.add(key);
      waiting.set(key, row);
    }
  }

  /** What a commit of these rows puts in its place beside them: somewhat more than it adds. */
  shareFor(rows: readonly DataRow[]): Share {
    const { waiting, bytes } = this.#gathering;
    if (this.#settling.numbers.length === 0) {
      if (waiting.size < MOST_KEYS && bytes < MOST_BYTES) return { rows: [], numbers: [] };
      this.#freeze();
    }
    let end = this.#settled;
    for (let rest = HASTE * sizeOf(rows); end < this.#sorted.length; end += 1) {
      if (rest <= 0 && end - this.#settled >= HASTE * rows.length) break;
      rest -= sizeOf(this.#sorted.slice(end, end + 1));
    }
    return this.#share(end);
  }

  /** One half of what waits, whole. Twice this is everything. */
  shareOfAll(): Share {
    if (this.#settling.numbers.length === 0) this.#freeze();
    return this.#share(this.#sorted.length);
  }

  /** This share is in its place, durably. */
  done({ rows, numbers }: Share): void {
    this.#settled += rows.length;
    if (numbers.length === 0) return;
    this.#settling = { waiting: new Map(), numbers: [], bytes: 0 };
    this.#sorted = [];
    this.#settled = 0;
    this.#keys = new SortedKeys(this.#gathering.waiting.keys());
  }

  #share(end: number): Share {
    const rows = this.#sorted.slice(this.#settled, end);
    return { rows, numbers: end === this.#sorted.length ? this.#settling.numbers : [] };
  }

  /** What has gathered settles from now on, and new rows gather beside it. */
  #freeze(): void {
    this.#settling = this.#gathering;
    this.#gathering = { waiting: new Map(), numbers: [], bytes: 0 };
    this.#sorted = [...this.#settling.waiting].sort(([left], [right]) => compareKeys(left, right));
    this.#settled = 0;
  }
}

function sizeOf(rows: readonly DataRow[]): number {
  return rows.reduce((sum, [key, row]) => sum + key.length + (row?.length ?? 0), 0);
}
