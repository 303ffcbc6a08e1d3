/** What a transaction function gets to see, and how it can end. */

import type { ProtocolName } from "../actors/transaction.js";
import type { Check, Key, Value } from "./api.js";
import type { Why } from "./errors.js";
import type { TransactionFiles } from "./files-api.js";
import type { TransactionFolder } from "./folders-api.js";
import type { Entry, ReadResult, ScanPage, ScanQuery } from "./reading-api.js";

/**
 * A transaction while its function runs. All that it reads is from one replica and was true together at the moment of its
 * last read; what it writes is collected, seen by its own later reads, and committed when the function has ended.
 * It is of no use after that: every call then rejects, or throws, with `invalid`.
 */
export interface Transaction {
  get(key: Key): Promise<ReadResult>;
  read(keys: readonly Key[]): Promise<ReadResult[]>;
  scan(query?: ScanQuery): Promise<ScanPage>;
  scanAll(query?: ScanQuery): AsyncIterable<Entry>;
  put(key: Key, value: Value, options?: { ttlMs?: number }): void;
  del(key: Key): void;
  /** Adds an integer; an absent number is 0. Without a `get` of the key this needs no retry when others change it. */
  add(key: Key, delta: number): void;
  /** Files, which change together with the keys. */
  readonly files: TransactionFiles;
  /**
   * An attached folder, whose files change together with the keys. Throws `not-found`; over a connection `invalid`, since
   * a folder takes part in transactions of the program that has the cluster open.
   */
  folder(name: string): TransactionFolder;
  /** Something more that must hold when it commits. When it does not, the function is not run again. */
  check(check: Check): void;
}

/** Runs at every attempt, so more than once: it should do nothing but read, compute and write through `t`. */
export type TransactionFunction<T> = (t: Transaction) => Promise<T> | T;

export type FunctionOptions = {
  protocol?: ProtocolName;
  /** How often the function may run, 1 to 10,000 (default 100). */
  maxAttempts?: number;
  /** How long all attempts may take together, in milliseconds (default 10,000). */
  deadlineMs?: number;
  /** The replica to read from. Default: one at random, for each attempt. */
  replica?: string;
};

/**
 * How a transaction function ended. `value` is what it returned in the attempt that committed. One that only read has no
 * `txn`: what it read was true together. `aborted` says why the last attempt failed; nothing of any attempt took effect.
 */
export type FunctionResult<T> = FunctionEnd<T> & {
  /** How often the function ran. */
  attempts: number;
};

export type FunctionEnd<T> =
  | { outcome: "committed"; txn?: string; value: T }
  | { outcome: "aborted"; txn?: string; why: Why }
  /** It may have committed: ask `outcome(txn)` again. */
  | { outcome: "unknown"; txn: string; why: Why };
