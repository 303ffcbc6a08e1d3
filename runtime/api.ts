/** What a program can do with a cluster, whether it is embedded or reached over a connection. */

import type { ProtocolName } from "../actors/transaction.js";
import type { Rule, Validator } from "../actors/validator.js";
import type { Balloting } from "./ballot-api.js";
import type { Key, KeyPart } from "./composite.js";
import type { Membership } from "./config.js";
import type { Constraining } from "./constraint-api.js";
import type { Shareable } from "./direct/sharing-api.js";
import type { Disturbing, LinkStatus } from "./disturbing-api.js";
import type { Doubts, ForcedOutcome, InDoubtStatus } from "./doubt-api.js";
import type { Why } from "./errors.js";
import type { CrashPlan } from "./faults.js";
import type { FileCheck, FileOperation, Files, FileTraffic } from "./files-api.js";
import type { Folders } from "./folders-api.js";
import type { FunctionOptions, FunctionResult, TransactionFunction } from "./function-api.js";
import type { Repaired, RepairOptions, Task, Verification } from "./healing-api.js";
import type { Entry, ReadOptions, ReadResult, ScanPage, ScanQuery, Snapshot, SnapshotQuery } from "./reading-api.js";
import type { Stepping } from "./stepping-api.js";
import type { Traffic } from "./tally.js";
import type { Life, Tracing } from "./tracing-api.js";
import type { Watching } from "./watching-api.js";

export type { FileCheck, FileOperation, InDoubtStatus, Key, KeyPart, Rule, Validator };

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };
/** What a key can hold: a JSON value or bytes, at most 1 MiB. */
export type Value = Json | Uint8Array;

/**
 * `put` sets, `del` deletes (also what does not exist), `add` adds an integer to a number (an absent one is 0). What is put
 * with `ttlMs` is deleted by a transaction of the cluster once so many milliseconds have passed, unless it was written
 * again; until then it is there, at all replicas alike.
 */
export type Operation =
  | { op: "put"; key: Key; value: Value; ttlMs?: number }
  | { op: "del"; key: Key }
  | { op: "add"; key: Key; delta: number }
  | FileOperation;

/** What must hold when the transaction commits. The version of a key is the id of the transaction that wrote it. */
export type Check =
  | { key: Key; is: "exists" | "absent" }
  | { key: Key; is: "equals"; value: Value }
  | { key: Key; is: "version"; version: string }
  /** No key in the range has come, gone or changed since `scan` answered with this version of it. */
  | { range: Range; is: "rangeUnchanged"; version: string }
  | FileCheck;

/** Keys from `start` on, with it, and before `end`, in their order. Without a bound: all. */
export type Range = { start?: Key | undefined; end?: Key | undefined };

export type TransactOptions = {
  /** A name of your own: the same id is executed once and always gets the same answer. At most 128 characters. */
  id?: string;
  protocol?: ProtocolName;
  checks?: readonly Check[];
  /** How long to wait, in milliseconds (default 5000). After it the transaction is aborted, or its outcome unknown. */
  deadlineMs?: number;
};

/** How a single put shall be run, and how long it lasts, if not for ever: 1 ms to ten years. */
export type PutOptions = TransactOptions & { ttlMs?: number };

/** How a transaction ended. An abort is a result, not an exception. */
export type Result =
  /** Durable on every replica that must know. With its position, if it wrote anything: to watch from there goes on after it. */
  | { outcome: "committed"; txn: string; position?: string }
  /** Nothing of it took effect or ever will. */
  | { outcome: "aborted"; txn: string; why: Why }
  /** It may have committed: ask `outcome(txn)` again. */
  | { outcome: "unknown"; txn: string; why: Why };

/** What became of a transaction. `expired`: too old to be remembered. `not-found`: no such transaction ever ran. */
export type OutcomeAnswer =
  | { outcome: "committed" | "undecided" | "expired" | "not-found"; txn: string }
  | { outcome: "aborted"; txn: string; why: Why };

/** A transaction before a node votes on it. */
export type Proposal = {
  txn: string;
  /** The node that will vote. */
  node: string;
  operations: readonly Operation[];
  checks: readonly Check[];
};

/**
 * Decides how a node votes: only `true` is yes, `false` or a text no, and the text is the reason. A throw is a no with its
 * message; so is anything else. It is asked before anything is locked, about what the node would otherwise vote yes on,
 * and may take until the transaction's deadline; it must not wait for a transaction on this cluster that needs its own
 * answer. The same transaction may be asked about twice.
 */
export type ValidatorFunction = (proposal: Proposal) => boolean | string | Promise<boolean | string>;

/**
 * `silent`: it runs but does not answer, for example because it was stopped with SIGSTOP. `catching-up`: it runs, but does
 * not serve until it is up to date; `reason` says for whom it waits.
 */
export type NodeState = "starting" | "catching-up" | "up" | "silent" | "down" | "held" | "gave-up" | "stopped";

export type NodeStatus = {
  id: string;
  role: "coordinator" | "replica" | "coordinator+replica";
  host: "thread" | "process";
  pid: number | undefined;
  /** The incarnation: raised at each start. */
  epoch: number | undefined;
  restarts: number;
  /**
   * `held`: crashed on request, waits for `restart`. `gave-up`: its store is damaged or it was restarted too often;
   * `next` says what to do.
   */
  state: NodeState;
  /** Why it is not up. */
  reason?: string;
  /** What to do, when it does not come back by itself. */
  next?: string;
  /** What rules its votes, unless that is `always`. */
  validator?: Validator;
  /** Of a node that is up. */
  details?: NodeDetails;
};

/** Sizes of everything in a node that could grow, and what it has counted since it started. */
export type NodeDetails = {
  mailbox: number;
  locks: number;
  readers: number;
  /** Those who wait for changes. */
  followers: number;
  /** Of a replica: up to here it has told, or can tell, of all changes. */
  position: string;
  /** Transactions that wait for the verdict of its validator. */
  considering: number;
  outcomes: number;
  keys: number;
  logRecords: number;
  bytes: number;
  turns: number;
  /** Protocol messages sent, without those to clients. */
  messages: number;
  /** Records forced by the protocol. */
  forcedWrites: number;
  /** Durable commits of the store. */
  flushes: number;
  /** When the last one was, if there was any. */
  flushedAt?: number;
};

export type Status = {
  cluster: string;
  data: string;
  hosts: "threads" | "processes";
  protocol: ProtocolName;
  membership: Membership;
  /** Only with membership `up-set`: who coordinates, if anybody serves. */
  leader?: string;
  chaos: boolean;
  url?: string;
  /** It does not run: this is how it ended, as its logs or a recording prove (`ayes debug`). */
  over?: "logs" | "recording";
  nodes: NodeStatus[];
  inDoubt: InDoubtStatus[];
  /** What people forced, by transaction, as long as it is not known to be right. */
  forced?: (ForcedOutcome & { txn: string })[];
  /** Verifications and repairs under way, also of files: how many rows or bytes are done, of about how many. */
  tasks?: Task[];
  /** Links that are damaged on purpose. */
  links?: LinkStatus[];
  traffic: Traffic;
  /** What befell nodes lately, oldest first. */
  lives: Life[];
};

export type LockStatus = {
  node: string;
  txn: string;
  writes: readonly Key[];
  reads: readonly Key[];
  ranges: readonly Range[];
  /** Files that it writes or relies on, and what would be their folders. */
  files?: readonly string[];
};

/** A cluster, embedded (`open`) or reached over a connection (`connect`). */
export interface Cluster extends AsyncDisposable, Balloting, Constraining, Stepping, Watching, Shareable, Disturbing {
  readonly files: Files;
  /** What `files` is made of: bytes in and out, piece by piece. */
  readonly traffic: FileTraffic;
  readonly folders: Folders;
  readonly tracing: Tracing;
  readonly doubt: Doubts;
  /** Reads one key. Rejects with `blocked` or `timeout` when no answer came in time, `unavailable` when no replica is up. */
  get(key: Key, options?: ReadOptions): Promise<ReadResult>;
  /** Reads several keys at one moment, from one replica, without locks: strictly serializable. Otherwise as `get`. */
  read(keys: readonly Key[], options?: ReadOptions): Promise<ReadResult[]>;
  /** One page of a range, as it was at one moment. Without a prefix or bounds: of all keys. Otherwise as `get`. */
  scan(query?: ScanQuery, options?: ReadOptions): Promise<ScanPage>;
  /** All entries of a range, page by page: each page is of one moment, different ones may be of different moments. */
  scanAll(query?: ScanQuery, options?: ReadOptions): AsyncIterable<Entry>;
  /** Keys and ranges at one moment, if what was read before still holds. What the others are made of. */
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  /**
   * Runs a function that reads and then writes, commits what it wrote if nothing that it read has changed, and otherwise
   * runs it again: **it may run several times**. So it is strictly serializable, also when it reads one key and writes
   * another one, or scans. It is run again, after a random pause, when the attempt certainly did not commit because of
   * others, or a node was down; at most `maxAttempts` times and within `deadlineMs`, then the last abort is the result.
   * What the function throws is passed on, and nothing is written. Rejects with `invalid` inside of another one.
   */
  transaction<T>(work: TransactionFunction<T>, options?: FunctionOptions): Promise<FunctionResult<T>>;
  /** Sets one key, in a transaction of its own. */
  put(key: Key, value: Value, options?: PutOptions): Promise<Result>;
  /** Deletes one key, in a transaction of its own. */
  del(key: Key, options?: TransactOptions): Promise<Result>;
  /**
   * Commits all operations or none. At most 1,000 operations and 1,000 checks, each key at most once among the
   * operations. Rejects with `invalid` or `too-large` for bad input, which changes nothing; an abort is a result.
   */
  transact(operations: readonly Operation[], options?: TransactOptions): Promise<Result>;
  /** What became of the transaction with this id. */
  outcome(txn: string): Promise<OutcomeAnswer>;
  /** Nodes, and transactions in doubt. */
  status(): Promise<Status>;
  /** Keys that start with `prefix`, a text or parts, in order, at most `limit` (default 100). */
  keys(prefix?: Key, limit?: number): Promise<Key[]>;
  /** Who holds which keys at which node. */
  locks(): Promise<LockStatus[]>;
  /** The newest records of a node's log, oldest first, at most `limit` (default 100). */
  log(node: string, limit?: number): Promise<object[]>;
  /** Crashes a node, at once or at a point of a transaction to come. Only with chaos allowed. */
  crash(node: string, plan?: CrashPlan): Promise<void>;
  /** Starts a node that is down, and waits until it serves. */
  restart(node: string): Promise<void>;
  /**
   * Sets what rules the votes of a node, in place of what did; resolves with it when the node votes by it. A rule outlives
   * the node and the program; a function lasts as long as the program, and only an embedded cluster takes one. What is
   * objected to is aborted with `vetoed` and the reason. Rejects with `invalid` or `no-such-node` and changes nothing for
   * bad input; with `unavailable` when the node does not answer, and then it votes by it as soon as it runs again.
   */
  validate(node: string, validator: Rule | ValidatorFunction): Promise<Validator>;
  /** What rules the votes of a node: a function is `outside`. */
  validator(node: string): Promise<Validator>;
  /**
   * Gives a damaged replica a new store, copied from one that is up, and starts it; the others serve meanwhile. Its old
   * folder is kept. When it is up and only what files consist of is wrong, that alone is brought back. Rejects with `invalid` for a coordinator, and for a replica that is up and whole unless forced;
   * with `unavailable` when there is none to copy from.
   */
  repair(node: string, options?: RepairOptions): Promise<Repaired>;
  /** Reads and checks every row and all files of every node, and compares the replicas, while they serve. */
  verify(): Promise<Verification>;
  /** Lets go. An embedded cluster stops cleanly; a connection only ends. */
  close(): Promise<void>;
}
