/** The transaction that is open: what was read, required and written since `begin`. Before commit it is known here alone. */

import type { Check, Cluster, Key, Operation, Result } from "../../runtime/api.js";
import { AyesError, asAyesError, type Why } from "../../runtime/errors.js";
import type { Sent } from "../../runtime/files/stage.js";
import { Stagings } from "../../runtime/files/transaction-files.js";
import type { TransactionFiles } from "../../runtime/files-api.js";
import { Attempt, type Look } from "../../runtime/functions/attempt.js";
import type { Entry, ReadOptions, ReadResult, ScanPage, ScanQuery } from "../../runtime/reading-api.js";
import { Problem } from "../language/problem.js";
import type { Body, FileStep, TxnOptions } from "../language/statement.js";
import { type Bodies, collectFileStep, release } from "./file-steps.js";

/** What is not committed yet has no version. */
export type Pending<T> = T & { pending?: true };
export type PendingPage = Omit<ScanPage, "entries"> & { entries: Pending<Entry>[] };

/** What a transaction came to: all that it read, as conditions that still had to hold, and what it was to do. */
export type Account = { read: Check[]; required: Check[]; written: Operation[] };

/** How it ended. Without an id if nobody had to be asked for that. */
export type Ending =
  | Result
  | { outcome: "committed"; txn?: undefined }
  | { outcome: "aborted"; txn?: undefined; why: Why };

/** How much of each there is. */
export type Size = Readonly<{ reads: number; checks: number; writes: number }>;

/** Makes the reads of a session one consistent snapshot, in the way in which a transaction function reads. */
export class OpenTransaction {
  readonly #options: TxnOptions;
  readonly #attempt: Attempt;
  readonly #cluster: () => Promise<Cluster>;
  /** What its files are to consist of. */
  readonly #sent: Sent[] = [];
  #changed: Why | undefined;

  constructor(options: TxnOptions, cluster: () => Promise<Cluster>) {
    const { deadlineMs } = options;
    this.#cluster = cluster;
    this.#options = options;
    // Any replica can tell whether what was read still holds: the loss of one is not the end.
    const look: Look = async (query) => (await cluster()).snapshot(query, deadlineMs ? { deadlineMs } : {});
    this.#attempt = new Attempt(look, new Stagings(async () => (await cluster()).traffic));
  }

  get size(): Size {
    return this.#attempt.size;
  }

  write(operation: Operation): void {
    this.#attempt.write(operation);
  }

  require(check: Check): void {
    this.#attempt.check(check);
  }

  /** Files as they are in the snapshot that it reads. */
  files<T>(look: (files: TransactionFiles) => Promise<T>, options: ReadOptions = {}): Promise<T> {
    requireNone(options);
    return this.#unchanged(look(this.#attempt.files));
  }

  async collect(step: FileStep, bodies: Bodies): Promise<void> {
    const send = async (body: Body) => {
      const sent = await bodies.send((await this.#cluster()).traffic, body);
      this.#sent.push(sent);
      return sent;
    };
    await this.files((files) => collectFileStep(files, step, send));
  }

  /** When it has ended: what was sent for it is the cluster's now, or nobody's. */
  async release(): Promise<void> {
    await release(this.#cluster, this.#sent);
  }

  async get(key: Key, options: ReadOptions): Promise<Pending<ReadResult>> {
    const [read] = await this.read([key], options);
    return read as ReadResult;
  }

  async read(keys: readonly Key[], options: ReadOptions): Promise<Pending<ReadResult>[]> {
    requireNone(options);
    const reads = await this.#unchanged(this.#attempt.read(keys));
    return reads.map((read) => {
      return read.value !== undefined && read.version === undefined ? { ...read, pending: true } : read;
    });
  }

  async scan(query: ScanQuery, options: ReadOptions): Promise<PendingPage> {
    requireNone(options);
    const { entries, ...page } = await this.#unchanged(this.#attempt.scan(query));
    return { ...page, entries: entries.map((entry) => (entry.version === "" ? { ...entry, pending: true } : entry)) };
  }

  /** Ends it, unless it is refused before it becomes a transaction. */
  async commit(cluster: Cluster): Promise<{ result: Ending; account: Account }> {
    const account = this.#attempt.content;
    return { result: await this.#end(cluster, account), account };
  }

  async #end(cluster: Cluster, { read, required, written }: Account): Promise<Ending> {
    if (this.#changed) return { outcome: "aborted", why: this.#changed };
    if (this.#attempt.onlyReads) return { outcome: "committed" };
    const checks = [...read, ...required];
    return cluster.transact(written, { ...this.#options, ...(checks.length > 0 && { checks }) });
  }

  /** What has changed once is not true again at the moment of a later read. */
  async #unchanged<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      const { why } = asAyesError(error);
      if (why.code !== "check-failed") throw error;
      this.#changed ??= why;
      const { code, detail, ...about } = this.#changed;
      throw new AyesError(code, `${detail}, so commit will abort`, about);
    }
  }
}

/** Its size for people. */
export function sizeText({ reads, checks, writes }: Size): string {
  const parts = [reads && `${reads} read`, checks && `${checks} to check`, writes && `${writes} to write`];
  return parts.filter(Boolean).join(", ");
}

function requireNone(options: ReadOptions): void {
  if (Object.keys(options).length === 0) return;
  throw new Problem(
    "all reads of a transaction are of one moment: leave out --read, --replica and --deadline, or commit first",
  );
}
