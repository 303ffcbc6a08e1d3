/** A node's storage in one LMDB environment: data, log and incarnation change in one durable transaction. */

import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { FIRST_KEY, isOwnKey } from "../actors/own-key.js";
import { assert, Broken } from "../actors/protocol.js";
import { prefixRange } from "../actors/range.js";
import type { LogRecord } from "../actors/record.js";
import type { ChangeQuery, ChangesFound, Entry, Key, KeyRange, Reach, Stored } from "../actors/transaction.js";
import { ChangeTable } from "./change-table.js";
import { decodeRecords, encodeRecords } from "./codec.js";
import {
  bytesOf,
  countBefore,
  countOf,
  type Environment,
  fileOf,
  isDamage,
  openEnvironment,
  type Rows,
  rowsOf,
} from "./environment.js";
import {
  checkFile,
  checkIdentity,
  checkProgress,
  type Identity,
  MarkWriter,
  type Progress,
  readMark,
  UNBEGUN,
  writeIdentity,
} from "./guard.js";
import { LogIndex } from "./log-index.js";
import { boundsOf, overlaid } from "./overlay.js";
import { Redo, type Share } from "./redo.js";
import { RowReading } from "./row-reading.js";
import { scrub } from "./scrub.js";
import type { Batch, Storage, StorageStats } from "./storage.js";

export type LmdbOptions = {
  folder: string;
  identity: Identity;
  /** Whether a store may be made where there is none. Otherwise a missing one is refused. */
  create: boolean;
  /** The last incarnation that is known of from elsewhere. A store that has not come so far is an older copy. */
  sinceEpoch?: number | undefined;
  /** How many changes are kept for those who follow them. */
  retainedChanges?: number | undefined;
  /** Whether somebody has just scrubbed it. Otherwise it is scrubbed first. */
  scrubbed?: boolean;
};

/** Kept free so that what was promised can be written. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/**
 * Opens, or makes, the store of one node and raises its incarnation.
 * Throws `Broken` with what was found and what to do: `no-store`, `empty-store`, `stale-store`, `foreign-store`,
 * `other-version`, `damaged-store`, `storage-failed`.
 */
export function openLmdb(options: LmdbOptions): Storage {
  const { folder, identity, create } = options;
  const known = checkIdentity(folder, identity);
  if (!known && !create)
    throw new Broken("no-store", `${folder} holds no store of ${identity.node}; put its folder back`);
  checkFile(folder, fileOf(folder), known);
  mkdirSync(join(folder, "lmdb"), { recursive: true, mode: 0o700 });
  const store = guarded(folder, "it cannot be opened", () => new LmdbStorage(options, known));
  if (!known) writeIdentity(folder, identity);
  return store;
}

class LmdbStorage implements Storage {
  readonly epoch: number;
  readonly #folder: string;
  readonly #tables: Environment;
  readonly #reading: RowReading;
  readonly #rows: Rows;
  readonly #mark: MarkWriter;
  readonly #index = new LogIndex();
  readonly #redo = new Redo();
  readonly #changes: ChangeTable;
  #progress: Progress;
  #replayed = false;

  constructor({ folder, identity, sinceEpoch = 0, retainedChanges, scrubbed = false }: LmdbOptions, known: boolean) {
    this.#folder = folder;
    this.#tables = openEnvironment(folder, known ? "write" : "create");
    const found = this.#tables.root.get("progress");
    checkProgress(folder, identity, found, { mark: readMark(folder), sinceEpoch });
    if (known && !scrubbed) scrub(this.#tables, folder);
    this.#progress = { ...UNBEGUN, ...found, ...identity, epoch: (found?.epoch ?? 0) + 1 };
    this.epoch = this.#progress.epoch;
    this.#reading = new RowReading(folder);
    this.#rows = rowsOf(this.#tables, this.#reading);
    this.#mark = new MarkWriter(folder);
    this.#changes = new ChangeTable(folder, this.#tables.changes, this.#progress, retainedChanges);
    for (const { number, rows } of this.#changes.unplaced(this.#progress.placed)) this.#redo.add(number, rows);
    const share = this.#redo.shareOfAll();
    this.#transact(() => {
      this.#place(share);
      this.#advance();
    });
    this.#redo.done(share);
  }

  get reach(): Reach {
    return this.#progress.reach;
  }

  get(key: Key): Stored | undefined {
    if (!this.#redo.has(key)) return this.#placed(key);
    const row = this.#redo.get(key);
    return row && this.#reading.opened(key, row);
  }

  changes(query: ChangeQuery): ChangesFound {
    return this.#changes.select(query, this.reach);
  }

  keys(prefix: string, limit: number): Key[] {
    return this.scan(prefixRange(prefix), limit).map(({ key }) => key);
  }

  scan(range: KeyRange, limit: number, reverse = false): Entry[] {
    const open = (key: Key, row: Uint8Array) => this.#reading.opened(key, row);
    return overlaid(this.#rows.getRange(boundsOf(range, reverse)), this.#redo, { range, limit, reverse }, open);
  }

  *replay(): Iterable<LogRecord> {
    for (const { key: row, value } of this.#tables.log.getRange({})) {
      const records = this.#readRow(row, value);
      if (!this.#replayed) this.#index.note(row, records);
      yield* records;
    }
    this.#replayed = true;
  }

  commit({ records, writes, reach }: Batch): void {
    assert(this.#replayed, "a store is replayed before it is written");
    const turnover = this.#changes.turnover(writes, this.#progress.placed);
    const { row, rows } = turnover;
    const share = this.#redo.shareFor(rows);
    this.#transact(() => {
      this.#fence();
      this.#append(records);
      this.#place(share);
      this.#changes.write(turnover);
      this.#advance(this.#changes.progress(this.#progress, turnover, reach));
    });
    this.#redo.done(share);
    this.#changes.done(turnover);
    if (row) this.#redo.add(row.number, rows);
  }

  room(): number {
    return roomIn(this.#folder);
  }

  stats(): StorageStats {
    let keys = countOf(this.#tables.data) - countBefore(this.#tables.data, Buffer.from(FIRST_KEY));
    for (const [key, row] of this.#redo.waiting()) {
      if (isOwnKey(key)) continue;
      if (this.#tables.data.doesExist(Buffer.from(key)) !== (row !== undefined)) keys += row === undefined ? -1 : 1;
    }
    return { keys, logRecords: this.#index.size, bytes: bytesOf(this.#folder) };
  }

  close(): void {
    if (this.#isCurrent()) this.#settle();
    this.#mark.close();
    this.#tables.root.close();
  }

  /** One durable transaction. A throw inside rolls it back (a callback must not return a promise). */
  #transact(work: () => void): void {
    guarded(this.#folder, "a commit failed", () => {
      this.#tables.root.transactionSync(() => {
        work();
      });
    });
    this.#mark.write({ commits: this.#progress.commits, bytes: bytesOf(this.#folder) });
  }

  /** Two incarnations must never write the same store: the older one stops here. */
  #fence(): void {
    if (this.#isCurrent()) return;
    throw new Broken("fenced", `${this.#folder} was opened by another incarnation; this is ${this.epoch}`);
  }

  #isCurrent(): boolean {
    return this.#tables.root.get("progress")?.epoch === this.epoch;
  }

  #advance(news: Partial<Progress> = {}): void {
    this.#progress = { ...this.#progress, ...news, commits: this.#progress.commits + 1 };
    this.#tables.root.putSync("progress", this.#progress);
  }

  #placed(key: Key): Stored | undefined {
    try {
      return this.#rows.get(key);
    } catch (error) {
      throw broken(this.#folder, "a read failed", error);
    }
  }

  #readRow(row: number, value: Buffer | undefined): LogRecord[] {
    const records = value && decodeRecords(String(row), value);
    if (records) return records;
    throw new Broken("corrupt-log", `${this.#folder}: row ${row} of the log is damaged; restore the node's folder`);
  }

  #append(records: readonly LogRecord[]): void {
    const { put, drop, rewrite } = this.#index.append(records);
    for (const row of drop) this.#tables.log.removeSync(row);
    for (const row of rewrite) put.set(row, this.#index.alive(row, this.#readRow(row, this.#tables.log.get(row))));
    for (const [row, living] of put) this.#tables.log.putSync(row, encodeRecords(String(row), living));
  }

  /** Puts everything that waits in its place. */
  #settle(): void {
    while (!this.#redo.isEmpty) {
      const share = this.#redo.shareOfAll();
      this.#transact(() => {
        this.#fence();
        this.#place(share);
        this.#advance();
      });
      this.#redo.done(share);
    }
  }

  #place({ rows, numbers }: Share): void {
    for (const [key, row] of rows) {
      if (row === undefined) this.#tables.data.removeSync(Buffer.from(key));
      else this.#tables.data.putSync(Buffer.from(key), Buffer.from(row.buffer, row.byteOffset, row.byteLength));
    }
    this.#progress = { ...this.#progress, placed: numbers.at(-1) ?? this.#progress.placed };
  }
}

function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.max(0, bavail * bsize - RESERVE_BYTES);
}

function guarded<T>(folder: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw broken(folder, what, error);
  }
}

/** A full disk shows itself as one of several errors. */
function broken(folder: string, what: string, error: unknown): Broken {
  if (error instanceof Broken) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = isDamage(error) ? "damaged-store" : roomIn(folder) === 0 ? "disk-full" : "storage-failed";
  return new Broken(code, `${folder}: ${what}: ${message}`);
}
