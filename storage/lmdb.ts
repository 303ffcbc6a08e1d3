/** A node's storage in one LMDB environment: data, log and incarnation change in one durable transaction. */

import { existsSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { assert, Broken } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { Key, Stored, Write } from "../actors/transaction.js";
import { decodeRecords, decodeRedo, decodeStored, encodeRecords, encodeRedo, encodeStored } from "./codec.js";
import { checkIdentity, type Identity, isFile, MarkWriter, readMark, writeIdentity } from "./guard.js";
import { LogIndex } from "./log-index.js";
import { type DataRow, Redo, type Share } from "./redo.js";
import type { Batch, Storage, StorageStats } from "./storage.js";

export type LmdbOptions = {
  folder: string;
  identity: Identity;
  /** Whether a store may be made where there is none. Otherwise a missing one is refused. */
  create: boolean;
  /** The last incarnation that is known of from elsewhere. A store that has not come so far is an older copy. */
  sinceEpoch?: number | undefined;
};

/** Kept free so that what was promised can be written. */
const RESERVE_BYTES = 8 * 1024 * 1024;

type Progress = Identity & { epoch: number; commits: number };

/**
 * Opens, or makes, the store of one node and raises its incarnation.
 * Throws `Broken` with what was found and what to do: `no-store`, `empty-store`, `stale-store`, `foreign-store`,
 * `other-version`, `damaged-store`, `storage-failed`.
 */
export function openLmdb(options: LmdbOptions): Storage {
  const { folder, identity, create } = options;
  const known = checkIdentity(folder, identity);
  const file = join(folder, "lmdb", "data.mdb");
  if (!known && !create)
    throw new Broken("no-store", `${folder} holds no store of ${identity.node}; put its folder back`);
  checkFile(folder, file, known);
  mkdirSync(join(folder, "lmdb"), { recursive: true, mode: 0o700 });
  const store = guarded(folder, "it cannot be opened", () => new LmdbStorage(options, file));
  if (!known) writeIdentity(folder, identity);
  return store;
}

class LmdbStorage implements Storage {
  readonly epoch: number;
  readonly #folder: string;
  readonly #file: string;
  readonly #root: RootDatabase<Progress, string>;
  readonly #data: Database<Buffer, Buffer>;
  readonly #log: Database<Buffer, number>;
  readonly #redoRows: Database<Buffer, number>;
  readonly #mark: MarkWriter;
  readonly #index = new LogIndex();
  readonly #redo = new Redo();
  #progress: Progress;
  #replayed = false;

  constructor({ folder, identity, sinceEpoch = 0 }: LmdbOptions, file: string) {
    this.#folder = folder;
    this.#file = file;
    // overlappingSync off: nothing is visible before it is on disk, and a failed flush leaves nothing behind.
    this.#root = open<Progress, string>({
      path: join(folder, "lmdb"),
      noSubdir: false,
      overlappingSync: false,
      maxDbs: 4,
      encoding: "json",
    });
    // The library's own key encoding cannot tell every string from an array of strings.
    this.#data = this.#root.openDB({ name: "data", encoding: "binary", keyEncoding: "binary" });
    this.#log = this.#root.openDB({ name: "log", encoding: "binary" });
    this.#redoRows = this.#root.openDB({ name: "redo", encoding: "binary" });
    const found = this.#root.get("progress");
    checkProgress(folder, identity, found);
    if (found && found.epoch < sinceEpoch) {
      throw new Broken(
        "stale-store",
        `${folder} is an older copy: it ends in incarnation ${found.epoch} of ${sinceEpoch}`,
      );
    }
    this.#progress = { ...identity, epoch: (found?.epoch ?? 0) + 1, commits: found?.commits ?? 0 };
    this.epoch = this.#progress.epoch;
    this.#mark = new MarkWriter(folder);
    this.#readRedo();
    const share = this.#redo.shareOfAll();
    this.#transact(() => {
      this.#place(share);
      this.#advance();
    });
    this.#redo.done(share);
  }

  get(key: Key): Stored | undefined {
    const row = this.#redo.has(key) ? this.#redo.get(key) : this.#data.get(Buffer.from(key));
    if (row === undefined) return undefined;
    const stored = decodeStored(key, row);
    if (!stored) throw new Broken("corrupt-data", `${this.#folder}: the value of a key is damaged; restore the folder`);
    return stored;
  }

  keys(prefix: string, limit: number): Key[] {
    const waiting = this.#redo.waiting();
    const keys = [...waiting].filter(([key, row]) => row !== undefined && key.startsWith(prefix)).map(([key]) => key);
    let found = 0;
    for (const bytes of this.#data.getKeys({ start: Buffer.from(prefix) })) {
      const key = bytes.toString();
      if (found >= limit || !key.startsWith(prefix)) break;
      if (waiting.has(key)) continue;
      keys.push(key);
      found += 1;
    }
    return keys.sort(byBytes).slice(0, limit);
  }

  *replay(): Iterable<LogRecord> {
    for (const { key: row, value } of this.#log.getRange({})) {
      const records = this.#readRow(row, value);
      if (!this.#replayed) this.#index.note(row, records);
      yield* records;
    }
    this.#replayed = true;
  }

  commit({ records, writes }: Batch): void {
    assert(this.#replayed, "a store is replayed before it is written");
    const rows = writes.map(dataRow);
    const number = this.#redo.next;
    const share = this.#redo.shareFor(rows);
    this.#transact(() => {
      this.#fence();
      this.#append(records);
      this.#place(share);
      if (rows.length > 0) this.#redoRows.putSync(number, encodeRedo(String(number), rows));
      this.#advance();
    });
    this.#redo.done(share);
    if (rows.length > 0) this.#redo.add(number, rows);
  }

  room(): number {
    return roomIn(this.#folder);
  }

  stats(): StorageStats {
    let { entryCount: keys } = this.#data.getStats() as { entryCount: number };
    for (const [key, row] of this.#redo.waiting()) {
      if (this.#data.doesExist(Buffer.from(key)) !== (row !== undefined)) keys += row === undefined ? -1 : 1;
    }
    return { keys, logRecords: this.#index.size, bytes: statSync(this.#file).size };
  }

  close(): void {
    if (this.#isCurrent()) this.#settle();
    this.#mark.close();
    this.#root.close();
  }

  /** One durable transaction. A throw inside rolls it back (a callback must not return a promise). */
  #transact(work: () => void): void {
    guarded(this.#folder, "a commit failed", () => {
      this.#root.transactionSync(() => {
        work();
      });
    });
    this.#mark.write({ commits: this.#progress.commits, bytes: statSync(this.#file).size });
  }

  /** Two incarnations must never write the same store: the older one stops here. */
  #fence(): void {
    if (this.#isCurrent()) return;
    throw new Broken("fenced", `${this.#folder} was opened by another incarnation; this is ${this.epoch}`);
  }

  #isCurrent(): boolean {
    return this.#root.get("progress")?.epoch === this.epoch;
  }

  #advance(): void {
    this.#progress = { ...this.#progress, commits: this.#progress.commits + 1 };
    this.#root.putSync("progress", this.#progress);
  }

  #readRow(row: number, value: Buffer | undefined): LogRecord[] {
    const records = value && decodeRecords(String(row), value);
    if (records) return records;
    throw new Broken("corrupt-log", `${this.#folder}: row ${row} of the log is damaged; restore the node's folder`);
  }

  #append(records: readonly LogRecord[]): void {
    const { put, drop, rewrite } = this.#index.append(records);
    for (const row of drop) this.#log.removeSync(row);
    for (const row of rewrite) put.set(row, this.#index.alive(row, this.#readRow(row, this.#log.get(row))));
    for (const [row, living] of put) this.#log.putSync(row, encodeRecords(String(row), living));
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
      if (row === undefined) this.#data.removeSync(Buffer.from(key));
      else this.#data.putSync(Buffer.from(key), Buffer.from(row.buffer, row.byteOffset, row.byteLength));
    }
    for (const number of numbers) this.#redoRows.removeSync(number);
  }

  #readRedo(): void {
    for (const { key: number, value } of this.#redoRows.getRange({})) {
      const rows = decodeRedo(String(number), value);
      if (!rows) throw new Broken("corrupt-log", `${this.#folder}: redo row ${number} is damaged; restore the folder`);
      this.#redo.add(number, rows);
    }
  }
}

function byBytes(left: Key, right: Key): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function dataRow({ key, value, version }: Write): DataRow {
  return [key, value === undefined ? undefined : encodeStored(key, { value, version })];
}

/** A cut file would kill the process by a signal when read, and an emptied one would open as new. */
function checkFile(folder: string, file: string, known: boolean): void {
  const mark = readMark(folder);
  if (!mark) {
    if (known && !existsSync(file)) throw missing(folder);
    return;
  }
  if (!isFile(file) || statSync(file).size === 0) throw missing(folder);
  const bytes = statSync(file).size;
  if (bytes < mark.bytes) {
    throw new Broken(
      "damaged-store",
      `${file} was cut: it had ${mark.bytes} bytes and has ${bytes}; restore the folder`,
    );
  }
}

function missing(folder: string): Broken {
  return new Broken("empty-store", `${folder} held data and is empty now; put its data back, it is not opened as new`);
}

function checkProgress(folder: string, identity: Identity, found: Progress | undefined): void {
  const mark = readMark(folder);
  if (!found) {
    if (mark) throw missing(folder);
    return;
  }
  if (found.cluster !== identity.cluster || found.node !== identity.node) {
    throw new Broken("foreign-store", `${folder} holds the data of node ${found.node} of cluster ${found.cluster}`);
  }
  if (mark && found.commits < mark.commits) {
    throw new Broken(
      "stale-store",
      `${folder} is an older copy: it ends at commit ${found.commits}, but commit ${mark.commits} was done; restore the newer one`,
    );
  }
}

function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.max(0, bavail * bsize - RESERVE_BYTES);
}

/** A full disk shows itself as one of several errors. */
function guarded<T>(folder: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Broken) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Broken(roomIn(folder) === 0 ? "disk-full" : "storage-failed", `${folder}: ${what}: ${message}`);
  }
}
