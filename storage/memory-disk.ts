/** A disk in memory with a cache before it: what was written but not flushed may vanish, row by row, with the power. */

import { Broken } from "../actors/protocol.js";

/** One version of the content of a place, as one commit wrote it. `undefined` says that the place is empty. */
export type Row = { place: string; commit: number; content: unknown };

/** A flush to come that fails: after so many good ones, and whether its rows became durable all the same. */
export type FlushFault = { after: number; durable: boolean };

/** What survives a crash of the node: pass the same one to open the store again. */
export class MemoryDisk {
  #durable: Row[] = [];
  #cached: Row[] = [];
  /** The next flush that fails. After it the cache is as after any crash: what is in it may vanish or not. */
  fault: FlushFault | undefined;

  write(row: Row): void {
    this.#cached.push(row);
  }

  /** Everything written so far becomes durable. Throws `storage-failed` when the disk refuses. */
  flush(): void {
    const fails = this.#fails();
    if (fails?.durable !== false) this.lose(() => true);
    if (fails) throw new Broken("storage-failed", "the disk refused to flush");
  }

  /** The power fails: of the rows that were not flushed, those survive of which `survives` says so. */
  lose(survives: () => boolean): void {
    for (const row of this.#cached) if (survives()) this.#durable.push(row);
    this.#cached = [];
  }

  /** All rows that a reader would find now, flushed or not, in the order in which they were written. */
  rows(): readonly Row[] {
    return [...this.#durable, ...this.#cached];
  }

  /** What a place holds now. */
  lastOf(place: string): Row | undefined {
    const here = (row: Row) => row.place === place;
    return this.#cached.findLast(here) ?? this.#durable.findLast(here);
  }

  /** Puts these rows in the place of all others, as a check of the whole disk at the start does. */
  replace(rows: readonly Row[]): void {
    this.#durable = [...rows];
    this.#cached = [];
  }

  #fails(): FlushFault | undefined {
    const { fault } = this;
    if (!fault) return undefined;
    this.fault = fault.after > 0 ? { ...fault, after: fault.after - 1 } : undefined;
    return fault.after > 0 ? undefined : fault;
  }
}
