/**
 * A storage over a disk in memory, for simulation and tests.
 *
 * A commit writes its rows beside the older ones and flushes, then writes one row that says how far the store has come
 * and flushes again (Gray and Reuter 13: shadow pages). What a lost or torn commit left behind is beyond that number.
 */

import { Broken } from "../actors/protocol.js";
import { compareKeys, isWithin, prefixRange } from "../actors/range.js";
import type { LogRecord } from "../actors/record.js";
import type { Entry, Key, KeyRange, Stored } from "../actors/transaction.js";
import { LogIndex } from "./log-index.js";
import type { MemoryDisk, Row } from "./memory-disk.js";
import type { Batch, Storage, StorageStats } from "./storage.js";

const PROGRESS = "progress";
const LOG = "log/";
const DATA = "data/";

export class MemoryStorage implements Storage {
  readonly epoch: number;
  readonly #disk: MemoryDisk;
  readonly #index = new LogIndex();
  readonly #log = new Map<number, LogRecord[]>();
  readonly #data = new Map<Key, Stored>();
  #commits: number;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    const progress = disk.lastOf(PROGRESS);
    const commits = progress?.commit ?? 0;
    const valid = newest(disk.rows().filter(({ commit }) => commit <= commits));
    disk.replace([...valid.values()]);
    for (const { place, content } of valid.values()) this.#apply(place, content);
    for (const [row, records] of inOrder(this.#log)) this.#index.note(row, records);
    this.#commits = commits;
    this.epoch = ((progress?.content as number | undefined) ?? 0) + 1;
    this.#advance();
  }

  get(key: Key): Stored | undefined {
    return this.#data.get(key);
  }

  keys(prefix: string, limit: number): Key[] {
    return this.scan(prefixRange(prefix), limit).map(({ key }) => key);
  }

  scan(range: KeyRange, limit: number, reverse = false): Entry[] {
    const sign = reverse ? -1 : 1;
    const keys = [...this.#data.keys()].filter((key) => isWithin(key, range));
    keys.sort((left, right) => sign * compareKeys(left, right));
    return keys.slice(0, limit).flatMap((key) => {
      const stored = this.#data.get(key);
      return stored ? [{ key, stored }] : [];
    });
  }

  *replay(): Iterable<LogRecord> {
    for (const [, records] of inOrder(this.#log)) yield* records;
  }

  commit(batch: Batch): void {
    if (this.#disk.lastOf(PROGRESS)?.content !== this.epoch) {
      throw new Broken("fenced", "another incarnation has opened this store");
    }
    // Copied first: what cannot be stored leaves nothing behind.
    const { records, writes } = structuredClone(batch);
    const { put, drop, rewrite } = this.#index.append(records);
    const rows: [string, unknown][] = drop.map((row) => [LOG + row, undefined]);
    for (const row of rewrite) rows.push([LOG + row, this.#index.alive(row, this.#log.get(row) ?? [])]);
    for (const [row, living] of put) rows.push([LOG + row, living]);
    for (const { key, value, version } of writes) {
      rows.push([DATA + key, value === undefined ? undefined : { value, version }]);
    }
    for (const [place, content] of rows) this.#disk.write({ place, commit: this.#commits + 1, content });
    this.#disk.flush();
    this.#advance();
    for (const [place, content] of rows) this.#apply(place, content);
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  stats(): StorageStats {
    return { keys: this.#data.size, logRecords: this.#index.size, bytes: 0 };
  }

  close(): void {
    // Nothing is held open.
  }

  /** The commit point: from here on the rows of this commit count. */
  #advance(): void {
    this.#commits += 1;
    this.#disk.write({ place: PROGRESS, commit: this.#commits, content: this.epoch });
    this.#disk.flush();
  }

  #apply(place: string, content: unknown): void {
    if (place.startsWith(DATA)) set(this.#data, place.slice(DATA.length), content as Stored | undefined);
    else if (place.startsWith(LOG)) set(this.#log, Number(place.slice(LOG.length)), content as LogRecord[] | undefined);
  }
}

/** The last version of each place that is not empty. */
function newest(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    if (row.content === undefined) found.delete(row.place);
    else found.set(row.place, row);
  }
  return found;
}

function set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** A commit may write its second row first. */
function inOrder(log: Map<number, LogRecord[]>): [number, LogRecord[]][] {
  return [...log].sort(([left], [right]) => left - right);
}
