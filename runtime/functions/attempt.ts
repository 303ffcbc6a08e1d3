/**
 * One run of a transaction function. Every read asks one replica for what is new together with what was read before, as
 * things that must still hold: so all that was read was true together at the moment of the last read. No snapshot is
 * kept anywhere, and no lock held, while the function thinks.
 */

import type { Check, Key, Operation, Value } from "../api.js";
import { AyesError, type Why } from "../errors.js";
import { AttemptFiles, type Rows, type Stagings } from "../files/transaction-files.js";
import type { TransactionFiles } from "../files-api.js";
import { FolderDrafts } from "../folders/drafts.js";
import type { TransactionFolder } from "../folders-api.js";
import type { Transaction } from "../function-api.js";
import { checkKey } from "../keys.js";
import type { Entry, ReadResult, ScanPage, ScanQuery, Snapshot, SnapshotQuery } from "../reading-api.js";
import { entriesOf } from "../scanning.js";
import { shownKey } from "../shown.js";
import { checkScan } from "../snapshots.js";
import { checkChecks } from "../validation.js";
import { Draft } from "./draft.js";
import { isPassing } from "./passing.js";
import { KEYS_AT_ONCE, NOTHING, Reads, SCANS_AT_ONCE, together, type Wanted } from "./reads.js";

/** Reads, with the replica to ask, if it matters. */
export type Look = (query: SnapshotQuery, replica: string | undefined) => Promise<Snapshot>;

type Wish = Wanted & { resolve(): void; reject(error: unknown): void };

export class Attempt implements Transaction {
  readonly files: TransactionFiles;
  readonly #folders: FolderDrafts;
  readonly #look: Look;
  readonly #draft = new Draft();
  readonly #checks: Check[] = [];
  readonly #reads = new Reads();
  /** What the attempt before this one has read. Read in one go, so that constant change leaves it a chance. */
  #expected: Wanted;
  #missed: Wanted = NOTHING;
  #replica: string | undefined;
  #wishes: Wish[] = [];
  #asking = false;
  #flaw: Why | undefined;
  #isOver = false;

  constructor(
    look: Look,
    stagings: Stagings,
    folders = new FolderDrafts(),
    replica?: string,
    expected: Wanted = NOTHING,
  ) {
    this.files = new AttemptFiles(this.#rows(), stagings);
    this.#folders = folders;
    this.#look = look;
    this.#replica = replica;
    this.#expected = expected;
  }

  async get(key: Key): Promise<ReadResult> {
    const [result] = await this.read([key]);
    return result as ReadResult;
  }

  read(keys: readonly Key[]): Promise<ReadResult[]> {
    this.#requireOpen();
    return this.#read([...keys].map((key) => checkKey(key)));
  }

  async #read(wanted: readonly string[]): Promise<ReadResult[]> {
    this.#requireOpen();
    const unseen = wanted.filter((key) => !this.#draft.settles(key) && !this.#reads.key(key));
    if (unseen.length > 0) await this.#wish({ keys: unseen, scans: [] });
    return wanted.map((key) => this.#result(key));
  }

  async scan(given: ScanQuery = {}): Promise<ScanPage> {
    this.#requireOpen();
    const { range, limit, reverse } = checkScan(given);
    const query = { ...range, limit, reverse };
    if (!this.#reads.page(query)) await this.#wish({ keys: [], scans: [query] });
    return this.#draft.overlay(this.#reads.page(query) as ScanPage, reverse);
  }

  scanAll(query?: ScanQuery): AsyncIterable<Entry> {
    return entriesOf(query, (page) => this.scan(page));
  }

  folder(name: string): TransactionFolder {
    this.#requireOpen();
    return this.#folders.of(name);
  }

  put(key: Key, value: Value, options: { ttlMs?: number } = {}): void {
    this.write({ op: "put", key, value, ...options });
  }

  del(key: Key): void {
    this.write({ op: "del", key });
  }

  add(key: Key, delta: number): void {
    this.write({ op: "add", key, delta });
  }

  write(operation: Operation): void {
    this.#requireOpen();
    this.#draft.write(operation);
  }

  check(check: Check): void {
    this.#requireOpen();
    checkChecks([check]);
    this.#checks.push(check);
  }

  #rows(): Rows {
    return {
      row: async (key) => (await this.#read([key]))[0] as ReadResult,
      page: (query) => this.scan(query),
      write: (operation) => this.write(operation),
      written: (path) => this.#draft.file(path),
      spoil: (path) => {
        this.#flaw ??= { code: "check-failed", file: path, detail: "the file has changed since it was read" };
      },
    };
  }

  /** Why it cannot commit any more, whatever the function makes of it. */
  get flaw(): Why | undefined {
    return this.#flaw ?? this.#folders.flaw;
  }

  /** Nothing can be added any more. */
  end(): void {
    this.#isOver = true;
    this.#folders.end();
    for (const wish of this.#wishes.splice(0)) wish.reject(isOver());
  }

  /** What it has come to. What was read is there as conditions. */
  get content(): { read: Check[]; required: Check[]; written: Operation[] } {
    return { read: this.#reads.checks(), required: [...this.#checks], written: this.#draft.operations() };
  }

  /** How much it has come to. */
  get size(): { reads: number; checks: number; writes: number } {
    return { reads: this.#reads.size, checks: this.#checks.length, writes: this.#draft.size };
  }

  /** Whether nothing is left to do: all that it read was true together. */
  get onlyReads(): boolean {
    return this.#draft.size === 0 && this.#checks.length === 0 && this.#folders.used.length === 0;
  }

  /** What it has read, or has tried to. */
  get reads(): Wanted {
    return together([this.#reads.all(), this.#missed]);
  }

  /** Its own writes have no version yet, and no replica has them. */
  #result(key: string): ReadResult {
    const seen = this.#reads.key(key);
    if (seen && !this.#draft.has(key)) return { ...seen };
    return { ...(seen ?? OWN), key: shownKey(key), value: this.#draft.see(key, seen?.value), version: undefined };
  }

  /** Wishes of the same moment are asked for together, and one after the other if not: each must know what was seen. */
  #wish(wanted: Wanted): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wishes.push({ ...wanted, resolve, reject });
      if (this.#asking) return;
      this.#asking = true;
      queueMicrotask(() => void this.#ask());
    });
  }

  async #ask(): Promise<void> {
    for (let batch = this.#batch(); batch.length > 0; batch = this.#batch()) await this.#fulfil(batch);
    this.#asking = false;
  }

  #batch(): Wish[] {
    let keys = 0;
    let scans = 0;
    const end = this.#wishes.findIndex((wish, index) => {
      keys += wish.keys.length;
      scans += wish.scans.length;
      return index > 0 && (keys > KEYS_AT_ONCE || scans > SCANS_AT_ONCE);
    });
    return this.#wishes.splice(0, end < 0 ? this.#wishes.length : end);
  }

  async #fulfil(batch: readonly Wish[]): Promise<void> {
    try {
      const wanted = together([...batch, this.#expected]);
      this.#expected = NOTHING;
      this.#reads.forgetAhead();
      const query = { ...wanted, keys: wanted.keys.map(shownKey), held: this.#reads.checks() };
      const snapshot = await this.#look(query, this.#replica);
      if (this.#isOver) throw isOver();
      this.#replica = snapshot.replica;
      this.#reads.take(wanted, snapshot);
      for (const wish of batch) {
        for (const key of wish.keys) this.#reads.key(key);
        for (const query of wish.scans) this.#reads.page(query);
        wish.resolve();
      }
    } catch (error) {
      this.#missed = together(batch);
      if (error instanceof AyesError && (isPassing(error.code) || error.code === "check-failed")) {
        this.#flaw ??= error.why;
      }
      for (const wish of batch) wish.reject(error);
    }
  }

  #requireOpen(): void {
    if (this.#isOver) throw isOver();
  }
}

const OWN: Omit<ReadResult, "key"> = {
  value: undefined,
  version: undefined,
  replica: "",
  read: "linearizable",
  waited: false,
};

function isOver(): AyesError {
  return new AyesError("invalid", "this transaction is over: its function has ended, or its time has passed");
}
