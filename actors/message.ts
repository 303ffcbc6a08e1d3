/** The wire vocabulary: every message that a node or a client can send, in one file. */

import type { RangeQuery } from "./range.js";
import type { Concluded, RoleName } from "./record.js";
import type {
  Address,
  Change,
  Check,
  Entry,
  Incarnation,
  Key,
  KeyRange,
  Millis,
  NodeId,
  Operation,
  Outcome,
  Position,
  ProtocolName,
  Standing,
  Stored,
  TxnId,
  Vote,
  Why,
} from "./transaction.js";

/** All messages of one turn from `source` to `target`. */
export type Envelope = {
  source: Address;
  target: Address;
  /** The source's incarnation. Envelopes of an epoch known to be over are dropped. */
  epoch: number;
  /** Counts the source's envelopes in this epoch. */
  seq: number;
  bodies: Message[];
};

// A client asks a coordinator.

/** Run this transaction. Answered by `outcome`. */
export type Begin = {
  kind: "begin";
  /** The client's number for this question; the answer carries it. */
  request: number;
  txn: TxnId;
  protocol: ProtocolName;
  operations: Operation[];
  checks: Check[];
  /** How long the coordinator may wait for votes. */
  deadlineMs: Millis;
  /** Only from a node to itself, when it changes who the members are: who votes. */
  electorate?: NodeId[];
};

/**
 * What became of this transaction? With `settle`, an unseen one is aborted for good: by its coordinator in two-phase
 * commit, by any participant in three-phase commit. Answered by `outcome`.
 */
export type Ask = { kind: "ask"; request: number; txn: TxnId; protocol: ProtocolName; settle: boolean };

/** The answer to `begin` and `ask`. */
export type OutcomeReport = { kind: "outcome"; request: number; txn: TxnId; standing: Standing; refused?: Why };

// A client asks a replica.

/** Read these keys and ranges at one moment. A linearizable read waits for undecided writes, `committed` never waits. */
export type Read = {
  kind: "read";
  request: number;
  keys: Key[];
  ranges?: RangeQuery[];
  /** What was read before and has to be true at the same moment. */
  held?: Check[];
  consistency: Consistency;
  deadlineMs: Millis;
};

export type Consistency = "linearizable" | "committed";

/**
 * The answer to `read`, in the order of its keys and ranges. Without `values`, `blocked` names who holds a key undecided,
 * or `changed` what is not true any more of what was read before.
 */
export type Values = {
  kind: "values";
  request: number;
  values?: (Stored | undefined)[];
  pages?: Page[];
  waited: boolean;
  /** What commits up to here has been seen; what commits later comes behind it. */
  position: Position;
  blocked?: { key: Key; txn: TxnId };
  changed?: Pick<Why, "key" | "range" | "detail">;
};

/**
 * Tell what was committed after a position, as soon as there is something, or when the deadline is over. Without a
 * position: tell at once where this replica stands.
 */
export type Follow = {
  kind: "follow";
  request: number;
  since?: Position;
  /** How many transactions at most, apart from those at the last position. */
  limit: number;
  /** Only keys that start with this. */
  prefix?: string;
  deadlineMs: Millis;
};

/** The answer to `follow`: all changes up to `upTo`. Instead of them, `begin`: what is asked for is not known any more. */
export type ChangesReport = {
  kind: "changes";
  request: number;
  changes?: Change[];
  upTo?: Position;
  begin?: Position;
};

/** What is in a range, as far as was asked for and a message may hold. */
export type Page = {
  entries: Entry[];
  /** The part of the range that these entries are all of. */
  covered: KeyRange;
  /** `rangeVersion` of that part. */
  version: string;
  /** Whether there is more in the range. */
  more: boolean;
};

// Both protocols. `attempt` tells which incarnation of which coordinator asked.

export type Prepare = {
  kind: "prepare";
  protocol: ProtocolName;
  txn: TxnId;
  attempt: number;
  participants: NodeId[];
  operations: Operation[];
  checks: Check[];
  /** How long the coordinator waits for the vote. */
  deadlineMs: Millis;
  /** Only in a cluster of membership \`up-set\`: the view under which it runs. */
  view?: TxnId;
  /** Only in three-phase commit: who takes part, the coordinator too. Those that fail from now on have failed since. */
  processes?: Incarnation[];
};

/** With `known`, the id was run before, by another coordinator: it ended so, or is still undecided. */
export type VoteReport = {
  kind: "vote";
  protocol: ProtocolName;
  txn: TxnId;
  attempt: number;
  vote: Vote;
  /** Of a yes: the position that it proposes. */
  position?: Position;
  why?: Why;
  known?: "committed" | "undecided";
};

/**
 * From the coordinator, or from a peer that knows. A `presumed` abort says that the coordinator has no record (PA5):
 * true for whoever is in doubt, but no news for one that has committed, acknowledged, and asked long ago.
 */
export type Decide = {
  kind: "decide";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  /** Of a commit. */
  position?: Position;
  why?: Why;
  presumed?: true;
};

/**
 * The answer of one who does not know either. It is no information; in three-phase commit, that its sender does not
 * recover, and takes part in this round. If it has pre-committed, with the position.
 */
export type Undecided = { kind: "undecided"; txn: TxnId; round?: number; position?: Position };

// Two-phase commit.

export type Ack = { kind: "ack"; txn: TxnId };

/** A participant in doubt asks its coordinator (`role: "coordinator"`) and its peers. */
export type Inquire = { kind: "inquire"; txn: TxnId; attempt: number; role: RoleName };

// Three-phase commit. Everybody who takes part is a process, the coordinator too. A `round` begins with the transaction,
// and with each recovery from a total failure.

/** All voted yes. The largest position that was proposed is that of the transaction. */
export type Precommit = { kind: "precommit"; txn: TxnId; attempt: number; round: number; position: Position };

export type PrecommitAck = { kind: "precommit-ack"; txn: TxnId; attempt: number; round: number };

/** A process that has become the coordinator asks those that it believes to be up; the new round's if it is recovering. */
export type StateRequest = { kind: "state-request"; txn: TxnId; attempt: number; group: Incarnation[]; round: number };

/** `group` is the up-set that its sender has logged. */
export type StateReport = {
  kind: "state-report";
  txn: TxnId;
  attempt: number;
  round: number;
  group: NodeId[];
  precommitted: boolean;
  /** If it has pre-committed. */
  position?: Position;
};

/**
 * A process asks its coordinator, or everybody after it has failed itself. It is `bound` when it has agreed to this round
 * since then: it has not failed in it.
 */
export type Consult = {
  kind: "consult";
  txn: TxnId;
  attempt: number;
  round: number;
  recovering: boolean;
  bound?: true;
};

/** The answer of one who has failed too since the transaction began: what its log says. `bound` as in `consult`. */
export type Recovering = {
  kind: "recovering";
  txn: TxnId;
  attempt: number;
  group: NodeId[];
  round: number;
  bound?: true;
};

// Membership `up-set`: a replica that has failed, or never ran, catches up before it takes part.

/**
 * From a replica that is not up to date, to all: what its log says of who was when it failed. While it has transactions
 * in doubt it cannot be admitted yet.
 */
export type Join = { kind: "join"; number: number; up: NodeId[]; inDoubt?: true };

/** The leader offers what it has: of a range of keys, or of exactly these. Answered by `want`. `null`: there is none. */
export type Offer = { kind: "offer"; step: number; versions: [Key, TxnId | null][]; exact: boolean } & KeyRange;

/** Which of what was offered is wanted. With none, everything up to this step is on disk. */
export type Want = { kind: "want"; step: number; keys: Key[] };

export type Rows = { kind: "rows"; step: number; entries: (Pick<Entry, "key"> & Partial<Entry>)[] };

/** How transactions ended. Answered by `want`. */
export type Ends = { kind: "ends"; step: number; records: Concluded[] };

// A participant asks somebody outside before it votes.

/** What shall this node vote? Answered by `verdict`. Nothing is locked meanwhile. */
export type Consider = {
  kind: "consider";
  txn: TxnId;
  attempt: number;
  /** Who waits for the vote. When that one goes down, nobody does. */
  coordinator: NodeId;
  operations: Operation[];
  checks: Check[];
  deadlineMs: Millis;
};

export type VerdictReport = { kind: "verdict"; txn: TxnId; attempt: number; yes: boolean; detail: string };

/** A rule that was for one vote only has had its vote. */
export type Lapsed = { kind: "lapsed" };

// A person decides for a participant in doubt. Both are answered by nothing: whoever ordered it looks.

/** Behave as if it had ended so, at this position at the least. Only for the attempt that was looked at. */
export type Force = {
  kind: "force";
  txn: TxnId;
  attempt: number;
  outcome: Outcome;
  position: Position;
  reason: string;
  by: string;
};

/** It is known that what was forced was wrong. */
export type Forget = { kind: "forget"; txn: TxnId };

export type TwoPhaseMessage = Ack | Inquire;
export type ThreePhaseMessage = Precommit | PrecommitAck | StateRequest | StateReport | Consult | Recovering;
export type ProtocolMessage = Prepare | VoteReport | Decide | Undecided | TwoPhaseMessage | ThreePhaseMessage;
export type MembershipMessage = Join | Offer | Want | Rows | Ends;
export type ClientMessage = Begin | Ask | Read | Follow | VerdictReport | Force | Forget;
/** What a node tells a client. */
export type Answer = OutcomeReport | Values | ChangesReport;
export type Message = ProtocolMessage | MembershipMessage | ClientMessage | Answer | Consider | Lapsed;
