/**
 * Committed data of a store, read by another thread of the program while its owner commits.
 *
 * The library shares the environment of one file among all threads of a process, whose first opener chooses the flags:
 * so it is opened as its owner does, and never written. What is durable but not in its place yet is found as the owner
 * finds it when it starts: in the rows of changes, each of which is read once.
 */

import { Broken } from "../actors/protocol.js";
import type { Entry, Key, KeyRange, Stored } from "../actors/transaction.js";
import { decodeChanges } from "./codec.js";
import { type Environment, type Moment, openEnvironment, presentOf, type Rows, rowsOf } from "./environment.js";
import { boundsOf, overlaid, type Waiting } from "./overlay.js";
import { RowReading } from "./row-reading.js";
import { SortedKeys } from "./sorted-keys.js";

/** Of the rows of changes at most so much is read at once, so that nobody waits long for the first answer. */
const CAUGHT_UP_AT_ONCE_BYTES = 256 * 1024;

export class StoreReader {
  readonly #folder: string;
  readonly #tables: Environment;
  readonly #reading: RowReading;
  readonly #rows: Rows;
  readonly #waiting = new Trail();
  #moment: Moment | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#tables = openEnvironment(folder, "write");
    this.#reading = new RowReading(folder);
    this.#rows = rowsOf(this.#tables, this.#reading);
  }

  /**
   * From now on everything is read as it was committed at this moment. False when there is so much to catch up with
   * that it needs another call; nothing can be read before that.
   */
  renew(): boolean {
    this.rest();
    const moment = presentOf(this.#tables);
    this.#moment = moment;
    const { placed } = this.#tables.root.get("progress", { transaction: moment }) ?? { placed: 0 };
    this.#waiting.drop(placed);
    let rest = CAUGHT_UP_AT_ONCE_BYTES;
    const rows = this.#tables.changes.getRange({ start: this.#waiting.next, transaction: moment });
    for (const { key: number, value } of rows) {
      if (rest <= 0) return false;
      rest -= value.length;
      const changed = decodeChanges(number, value);
      if (!changed) throw new Broken("corrupt-log", `${this.#folder}: row ${number} of the changes is damaged`);
      for (const part of changed.parts()) for (const [key, row] of part.rows) this.#waiting.add(number, key, row);
      this.#waiting.next = number + 1;
    }
    return true;
  }

  get(key: Key): Stored | undefined {
    if (!this.#waiting.has(key)) return this.#rows.get(key, { transaction: this.#now });
    const row = this.#waiting.get(key);
    return row && this.#reading.opened(key, row);
  }

  scan(range: KeyRange, limit: number, reverse = false): Entry[] {
    const placed = this.#rows.getRange({ ...boundsOf(range, reverse), transaction: this.#now });
    const open = (key: Key, row: Uint8Array) => this.#reading.opened(key, row);
    return overlaid(placed, this.#waiting, { range, limit, reverse }, open);
  }

  /** Lets the moment go, so that the owner can use its pages again. `renew` comes before the next read. */
  rest(): void {
    this.#moment?.done();
    this.#moment = undefined;
    // What has been read in this turn of the event loop must not be kept for the rest of it.
    this.#tables.root.resetReadTxn();
  }

  close(): void {
    this.rest();
    void this.#tables.root.close();
  }

  get #now(): Moment {
    if (this.#moment) return this.#moment;
    throw new Error("a reader reads only what it has renewed");
  }
}

/** Rows of which the reader does not know that they are in their place, and the row of changes that holds the newest. */
class Trail implements Waiting {
  /** The first row of changes that was not read. */
  next = 0;
  readonly #rows = new Map<Key, { number: number; row: Uint8Array | undefined }>();
  #keys = new SortedKeys();
  #dropped = 0;

  has(key: Key): boolean {
    return this.#rows.has(key);
  }

  get(key: Key): Uint8Array | undefined {
    return this.#rows.get(key)?.row;
  }

  keysIn(range: KeyRange, reverse: boolean): Iterator<Key> {
    return this.#keys.within(range, reverse);
  }

  add(number: number, key: Key, row: Uint8Array | undefined): void {
    if (!this.#rows.has(key)) this.#keys.add(key);
    this.#rows.set(key, { number, row });
  }

  /** Rows of changes up to this one are in their place. That happens seldom, to very many at once. */
  drop(placed: number): void {
    if (placed <= this.#dropped) return;
    this.#dropped = placed;
    this.next = Math.max(this.next, placed + 1);
    for (const [key, { number }] of this.#rows) if (number <= placed) this.#rows.delete(key);
    this.#keys = new SortedKeys(this.#rows.keys());
  }
}
