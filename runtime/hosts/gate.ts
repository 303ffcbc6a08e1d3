/** The write gate: a thread is never ended from outside while it is inside its storage, which could hang the process. */

import type { LogRecord } from "../../actors/record.js";
import type { ChangeQuery, ChangesFound, Entry, Key, KeyRange, Reach, Stored } from "../../actors/transaction.js";
import type { Batch, Storage, StorageStats } from "../../storage/storage.js";

const OPEN = 0;
const TAKEN = 1;
const SHUT = 2;

/** One shared integer. The node takes it around each write, the supervisor shuts it before it ends the thread. */
export class Gate {
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#state = new Int32Array(shared);
  }

  /** Runs `work` with the gate taken. Once it is shut, waits for the end of the thread. */
  pass<T>(work: () => T): T {
    if (Atomics.compareExchange(this.#state, 0, OPEN, TAKEN) !== OPEN) Atomics.wait(this.#state, 0, SHUT);
    try {
      return work();
    } finally {
      Atomics.store(this.#state, 0, OPEN);
    }
  }

  /** True once no write is under way and none will begin. */
  tryShut(): boolean {
    return Atomics.compareExchange(this.#state, 0, OPEN, SHUT) !== TAKEN;
  }
}

/** A storage whose every call into LMDB passes the gate: a thread that is ended inside one takes the process with it. */
export class GatedStorage implements Storage {
  readonly #gate: Gate;
  readonly #storage: Storage;

  constructor(gate: Gate, open: () => Storage) {
    this.#gate = gate;
    this.#storage = gate.pass(open);
  }

  get epoch(): number {
    return this.#storage.epoch;
  }

  get reach(): Reach {
    return this.#storage.reach;
  }

  get(key: Key): Stored | undefined {
    return this.#gate.pass(() => this.#storage.get(key));
  }

  keys(prefix: string, limit: number): Key[] {
    return this.#gate.pass(() => this.#storage.keys(prefix, limit));
  }

  scan(range: KeyRange, limit: number, reverse?: boolean): Entry[] {
    return this.#gate.pass(() => this.#storage.scan(range, limit, reverse));
  }

  changes(query: ChangeQuery): ChangesFound {
    return this.#gate.pass(() => this.#storage.changes(query));
  }

  *replay(): Iterable<LogRecord> {
    const records = this.#storage.replay()[Symbol.iterator]();
    const next = () => this.#gate.pass(() => records.next());
    for (let step = next(); !step.done; step = next()) yield step.value;
  }

  commit(batch: Batch): void {
    this.#gate.pass(() => this.#storage.commit(batch));
  }

  room(): number {
    return this.#storage.room();
  }

  stats(): StorageStats {
    return this.#gate.pass(() => this.#storage.stats());
  }

  close(): void {
    this.#gate.pass(() => this.#storage.close());
  }
}
