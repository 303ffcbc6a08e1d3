/**
 * Committed data that is durable in redo rows but not yet in its place.
 *
 * Keys of many transactions lie far apart in the tree, and a commit has to flush every page that it touches. So a commit
 * appends what it writes to one redo row, and many commits later everything is put in its place at once.
 */

import type { Key } from "../actors/transaction.js";

/** A data row as it will stand in its place; `undefined` deletes it. */
export type DataRow = readonly [key: Key, row: Uint8Array | undefined];

/** More than this is put in its place with the next commit: it bounds memory, and how long that commit takes. */
const MOST_KEYS = 2048;
const MOST_BYTES = 2 * 1024 * 1024;

export class Redo {
  readonly #waiting = new Map<Key, Uint8Array | undefined>();
  #rows: number[] = [];
  #bytes = 0;
  #next = 1;

  /** Whether these rows are too many to wait with the others. */
  overflows(rows: readonly DataRow[]): boolean {
    return this.#waiting.size + rows.length > MOST_KEYS || this.#bytes + sizeOf(rows) > MOST_BYTES;
  }

  has(key: Key): boolean {
    return this.#waiting.has(key);
  }

  get(key: Key): Uint8Array | undefined {
    return this.#waiting.get(key);
  }

  /** The number of the next redo row. */
  get next(): number {
    return this.#next;
  }

  /** Takes what a redo row holds, once that row is durable. */
  add(number: number, rows: readonly DataRow[]): void {
    this.#rows.push(number);
    this.#next = number + 1;
    this.#bytes += sizeOf(rows);
    for (const [key, row] of rows) this.#waiting.set(key, row);
  }

  /** What waits for its place, each key once, in the order of their places: neighbours share pages. */
  waiting(): DataRow[] {
    return [...this.#waiting].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** The redo rows that say so. */
  rows(): readonly number[] {
    return this.#rows;
  }

  /** Everything is in its place, durably. */
  clear(): void {
    this.#waiting.clear();
    this.#rows = [];
    this.#bytes = 0;
  }
}

function sizeOf(rows: readonly DataRow[]): number {
  return rows.reduce((sum, [key, row]) => sum + key.length + (row?.length ?? 0), 0);
}
