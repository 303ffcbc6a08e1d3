/** What a transaction is: its name, what it writes, what it requires, and how it can end. */

/** A client's name for a transaction. One id is executed at most once. */
export type TxnId = string;
/** The name of one node of the cluster, for example `n1`. */
export type NodeId = string;
/** Whoever can receive a message: a node or a client. */
export type Address = string;
/** One life of a node, from a start to a crash. */
export type Incarnation = { node: NodeId; epoch: number };
/** A span of time or an instant, in milliseconds. */
export type Millis = number;
export type Key = string;
/** Where a commit stands among all others: the same at all replicas, larger for what begins later. At least 1. */
export type Position = number;
/** A JSON text, or bytes. The core compares and adds values; it never interprets them otherwise. */
export type Value = string | Uint8Array;

/** A committed value and its version: the id of the transaction that wrote it last. */
export type Stored = { value: Value; version: TxnId };
/** A key with what it holds. */
export type Entry = { key: Key; stored: Stored };
/** Keys from one key on, with it, up to another one, without it, in the order of their bytes in UTF-8. */
export type KeyRange = { start?: Key | undefined; end?: Key | undefined };

export type Operation = ClientOperation | Expire;

/** What a client can ask for. */
export type ClientOperation =
  /** With `ttlMs` it expires that long after its coordinator began, which is `expiresAt` by that one's clock. */
  | { op: "put"; key: Key; value: Value; ttlMs?: Millis; expiresAt?: Millis }
  | { op: "del"; key: Key }
  | { op: "add"; key: Key; delta: number }
  /** The key becomes what another one is. */
  | { op: "copy"; key: Key; source: Key };

/** What was put to expire at this instant does, if it is still as it was put. Only the cluster itself asks for it. */
export type Expire = { op: "expire"; key: Key; at: Millis };

/** A precondition. Its key, or its range, is locked for reading until the transaction is decided. */
export type Check =
  | { key: Key; is: "exists" | "absent" }
  | { key: Key; is: "equals"; value: Value }
  | { key: Key; is: "version"; version: TxnId }
  /** No key in it has come, gone or changed. The version of a range is `rangeVersion` of it. */
  | { range: KeyRange; is: "rangeUnchanged"; version: string };

/** An operation with its result worked out: what a key becomes. `undefined` deletes it. */
export type Write = { key: Key; value: Value | undefined; version: TxnId };
/** A write that takes effect. Without a position it is a copy of what another replica has, and no change. */
export type Effect = Write & { position?: Position };

/** How far a node has come: the largest position in use, and up to where it does not know all changes. */
export type Reach = { clock: Position; begin: Position };

/** What one transaction changed. Of two at the same position the one with the lower id comes first. */
export type Change = { position: Position; txn: TxnId; writes: Pick<Write, "key" | "value">[] };
/** Changes after `since`, up to `upTo`: about so many at most, of about so many bytes, and all of one position. */
export type ChangeQuery = { since: Position; upTo: Position; limit: number; bytes: number };
/** All changes after `since` up to a position; or that not all since then are known, but all after `begin`. */
export type ChangesFound = { changes: Change[]; upTo: Position } | { begin: Position };

/** Two-phase commit with presumed abort, or three-phase commit. */
export type ProtocolName = "2pc" | "3pc";
export type Vote = "yes" | "no" | "read";
export type Outcome = "committed" | "aborted";

/** Why a transaction was aborted: a code of the error table, and what it is about. */
export type Why = {
  code: AbortCode;
  /** The node that said no. */
  node?: NodeId;
  key?: Key;
  /** Instead of a key: the file that it is about. */
  file?: string;
  /** Where a key has come, gone or changed since it was read. */
  range?: KeyRange;
  /** On a conflict: the transaction that holds the key. */
  winner?: TxnId;
  /** What is demanded and would not hold: `min 0 on accounts/`. */
  constraint?: string;
  detail?: string;
};

export type AbortCode =
  | "conflict"
  | "check-failed"
  | "constraint"
  | "not-a-number"
  | "out-of-range"
  | "not-found"
  | "no-content"
  | "path-taken"
  | "vetoed"
  | "unavailable"
  | "not-leader"
  | "disk-full"
  | "id-reused"
  | "repeated"
  | "expired"
  | "abandoned";

/** What a node can say about a transaction when asked by id. */
export type Standing =
  /** With its position, if it wrote anything. */
  | { state: "committed"; position?: Position }
  | { state: "aborted"; why: Why }
  /** It runs, or its coordinator has not decided yet. */
  | { state: "undecided" }
  /** Too old to be remembered: it may have committed or aborted. */
  | { state: "expired" }
  /** Certainly never seen here. */
  | { state: "unseen" };

/** The coordinator that an id belongs to: always the same one, so that one id is never run by two. */
export function homeOf(txn: TxnId, coordinators: readonly NodeId[]): NodeId {
  let hash = 0;
  for (let index = 0; index < txn.length; index += 1) hash = (Math.imul(hash, 31) + txn.charCodeAt(index)) >>> 0;
  return coordinators[hash % coordinators.length] ?? "";
}

/** What a transaction locks: keys for writing, keys and ranges for reading only. */
export type Footprint = { writes: readonly Key[]; reads: readonly Key[]; ranges: readonly KeyRange[] };

const NONE: readonly never[] = [];

/** `rowsOf` tells which keys of the cluster's own an operation writes beside its key, `readBy` which keys it relies on. */
export function footprint(
  operations: readonly Operation[],
  checks: readonly Check[],
  rowsOf: (operation: Operation) => readonly Key[],
  readBy: (operation: Operation) => readonly Key[],
): Footprint {
  const writes = operations.flatMap((operation) => [operation.key, ...rowsOf(operation)]);
  const read = new Set(operations.flatMap(readBy));
  if (checks.length + read.size === 0) return { writes, reads: NONE, ranges: NONE };
  for (const check of checks) if ("key" in check) read.add(check.key);
  for (const key of writes) read.delete(key);
  const ranges = checks.flatMap((check) => ("range" in check ? [check.range] : []));
  return { writes, reads: [...read], ranges };
}
