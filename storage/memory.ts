/** A storage in memory: what it holds outlives the node but not the program. For simulation and tests. */

import { Broken } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { Key, Stored } from "../actors/transaction.js";
import { LogIndex } from "./log-index.js";
import type { Batch, Storage, StorageStats } from "./storage.js";

/** What survives a crash of the node: pass the same one to open the store again. */
export class MemoryDisk {
  epoch = 0;
  readonly data = new Map<Key, Stored>();
  readonly log = new Map<number, LogRecord[]>();
}

export class MemoryStorage implements Storage {
  readonly epoch: number;
  readonly #disk: MemoryDisk;
  readonly #index = new LogIndex();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    disk.epoch += 1;
    this.epoch = disk.epoch;
    for (const [row, records] of inOrder(disk.log)) this.#index.note(row, records);
  }

  get(key: Key): Stored | undefined {
    return this.#disk.data.get(key);
  }

  keys(prefix: string, limit: number): Key[] {
    const keys = [...this.#disk.data.keys()].filter((key) => key.startsWith(prefix));
    return keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))).slice(0, limit);
  }

  *replay(): Iterable<LogRecord> {
    for (const [, records] of inOrder(this.#disk.log)) yield* records;
  }

  commit({ records, writes }: Batch): void {
    const { data, log, epoch } = this.#disk;
    if (epoch !== this.epoch) throw new Broken("fenced", "another incarnation has opened this store");
    // Copied first: what cannot be stored leaves nothing behind.
    const copies = structuredClone({ records, writes });
    const { put, drop, rewrite } = this.#index.append(copies.records);
    for (const row of drop) log.delete(row);
    for (const row of rewrite) log.set(row, this.#index.alive(row, log.get(row) ?? []));
    for (const [row, living] of put) log.set(row, living);
    for (const { key, value, version } of copies.writes) {
      if (value === undefined) data.delete(key);
      else data.set(key, { value, version });
    }
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  stats(): StorageStats {
    return { keys: this.#disk.data.size, logRecords: this.#index.size, bytes: 0 };
  }

  close(): void {
    // Nothing is held open.
  }
}

/** A commit may write its second row first. */
function inOrder(log: Map<number, LogRecord[]>): [number, LogRecord[]][] {
  return [...log].sort(([left], [right]) => left - right);
}
