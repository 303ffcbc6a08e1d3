/** The union of all log records: what a node must not forget, in the past tense. */

import type { Key, KeyRange, Millis, NodeId, Outcome, Position, TxnId, Why, Write } from "./transaction.js";

/** A participant promised to commit if told so. Forced before its yes vote. */
export type Prepared = {
  kind: "prepared";
  txn: TxnId;
  coordinator: NodeId;
  /** The coordinator's epoch when it asked. A vote holds only for the attempt that it answers. */
  attempt: number;
  participants: NodeId[];
  writes: Write[];
  /** Keys locked for reading only. */
  reads: readonly Key[];
  /** Ranges locked for reading, if there are any. */
  ranges?: readonly KeyRange[];
  /** The position that its vote proposes. */
  position: Position;
  /** When, for people. */
  at: Millis;
  /** Only in three-phase commit. */
  membership?: Membership;
};

/** What a process of three-phase commit knows beyond its promise. */
export type Membership = {
  /** Those not known to have failed since the transaction began, or since this round of its recovery: its up-set. */
  group: NodeId[];
  /** Of the operations: tells a repeated request from another one under the same id. */
  fingerprint: number;
};

/** A process of three-phase commit knows that all voted yes. Forced, so that it says the same after a crash. */
export type Precommitted = {
  kind: "precommitted";
  txn: TxnId;
  coordinator: NodeId;
  attempt: number;
  participants: NodeId[];
  /** The largest that was proposed. */
  position: Position;
  at: Millis;
  membership: Membership;
};

/** The up-set of a process became smaller, or a new round began after a total failure. Forced. */
export type Regrouped = { kind: "regrouped"; txn: TxnId; attempt: number; group: NodeId[]; round: number };

/** A participant learned the outcome. The data of a commit is in the same batch. */
export type Concluded = {
  kind: "concluded";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  /** Of a commit. */
  position?: Position;
  why?: Why;
  /** Only in three-phase commit. */
  membership?: Pick<Membership, "fingerprint">;
};

/** A person decided for a participant in doubt. Forced, with the data of a commit in the same batch. */
export type Forced = {
  kind: "forced";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  /** Of a commit: where it stands here. */
  position?: Position;
  /** In the words of who did it. */
  reason: string;
  by: string;
  at: Millis;
};

/** What a person forced turned out to be wrong. Forced; it stays until somebody has acknowledged it. */
export type Mismatched = { kind: "mismatched"; txn: TxnId; attempt: number; real: Concluded };

/** The coordinator decided. Forced before anybody is told of a commit. */
export type Decided = {
  kind: "decided";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  /** Of a commit. */
  position?: Position;
  why?: Why;
  /** Those that must acknowledge a commit. */
  participants: NodeId[];
  /** Of the operations: tells a repeated request from another one under the same id. */
  fingerprint: number;
  /** When, for people. */
  at: Millis;
};

/** Everybody who had to know a commit has acknowledged it. */
export type Ended = {
  kind: "ended";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  /** Of a commit that wrote anything. */
  position?: Position;
  fingerprint: number;
};

/** Outcomes older than the retention were dropped; `horizon` tells which ids may be among them. */
export type Forgotten = { kind: "forgotten"; role: RoleName; txns: TxnId[]; horizon: Horizon };

/** A member of the cluster saw another one fail: these are left. Forced. */
export type Survived = { kind: "survived"; number: number; up: NodeId[] };

/** No time-ordered id that sorts after `ordered` was ever forgotten; `other` is true once an id of another form was. */
export type Horizon = { ordered: TxnId; other: boolean };

export type RoleName = "coordinator" | "participant";
/** What a participant of either protocol writes; in three-phase commit the coordinator is one too. */
export type ParticipantRecord = Prepared | Precommitted | Regrouped | Concluded;
/** What people make of a promise. */
export type HandRecord = Forced | Mismatched;
export type CoordinatorRecord = Decided | Ended;
export type TransactionRecord = ParticipantRecord | HandRecord | CoordinatorRecord;
export type LogRecord = TransactionRecord | Forgotten | Survived;

/** Whether its node lets go of what it had locked. */
export function letsGo(record: LogRecord): record is Concluded | Forced {
  return record.kind === "concluded" || record.kind === "forced";
}

/** A record to append. A turn with a forced one is durable before anything is sent. */
export type Append = { record: LogRecord; forced: boolean };

export function roleOf(record: LogRecord): RoleName {
  switch (record.kind) {
    case "prepared":
    case "precommitted":
    case "regrouped":
    case "forced":
    case "mismatched":
    case "concluded":
    case "survived":
      return "participant";
    case "decided":
    case "ended":
      return "coordinator";
    case "forgotten":
      return record.role;
  }
}

/** A record that says how a transaction ended. */
export type EndRecord = Concluded | Decided | Ended;

export function isEnd(record: LogRecord): record is EndRecord {
  return record.kind === "concluded" || record.kind === "decided" || record.kind === "ended";
}

// All of log compaction: what a role's later record makes superfluous. A storage drops exactly this.

/** Whether this record says everything that is still to be known of its transaction in its role. */
export function isLast(record: TransactionRecord): boolean {
  return record.kind === "concluded" || record.kind === "ended";
}

/** Whether a later record of the same transaction and role will soon say more. */
export function isPassing(record: LogRecord): boolean {
  switch (record.kind) {
    case "prepared":
    case "precommitted":
    case "regrouped":
    case "forced":
    case "mismatched":
      return true;
    default:
      return record.kind === "decided" && record.outcome === "committed";
  }
}
