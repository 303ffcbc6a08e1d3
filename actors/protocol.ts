/** The shape that every protocol fits: events in, one `Output` out, and a state that only `apply` moves. */

import type { Constraints } from "./constraints.js";
import type { Digest } from "./file.js";
import type { Conflict } from "./locks.js";
import type { Message } from "./message.js";
import type { Append, TransactionRecord } from "./record.js";
import type {
  Address,
  ChangeQuery,
  ChangesFound,
  Effect,
  Entry,
  Footprint,
  Incarnation,
  Key,
  KeyRange,
  Millis,
  NodeId,
  Position,
  Stored,
  TxnId,
} from "./transaction.js";
import type { Validator, Verdict } from "./validator.js";

export type Event =
  | { kind: "message"; source: Address; body: Message }
  /** From the failure detector: that an incarnation of a node is up, or is over. */
  | { kind: "peer"; node: NodeId; up: boolean; epoch: number }
  /** A deadline may have passed. Spurious alarms do nothing. */
  | { kind: "alarm" };

/** What the host tells a node about one turn. */
export type World = {
  now: Millis;
  /** Committed data. */
  read(key: Key): Stored | undefined;
  /** Committed changes, in the order of their positions. */
  changes(query: ChangeQuery): ChangesFound;
  /** In order, the first ones, or in reverse the last ones, last one first. */
  scan(range: KeyRange, limit: number, reverse?: boolean): Entry[];
  /** Bytes that may still be promised before the disk is too full to keep promises. */
  room(): number;
  /** What keeps a JSON text from fitting the text of a JSON Schema. */
  misfit(schema: string, value: string): string | undefined;
  /** Whether this node has the content with this digest on disk, for good or until its next promise takes it. */
  holds(content: Digest): boolean;
};

/** What a step may look at: the world, with the writes of earlier steps of the same turn, and the node. */
export interface Env extends World {
  readonly self: NodeId;
  /** This incarnation of the node. */
  readonly epoch: number;
  /** All nodes, in the order in which they are elected. */
  readonly nodes: readonly NodeId[];
  /** Who votes on a transaction that begins now. */
  readonly replicas: readonly NodeId[];
  /** Only with membership `up-set`: the view under which it runs. */
  readonly view: TxnId | undefined;
  readonly settings: Settings;
  /** What is demanded of keys in the cluster. */
  readonly constraints: Constraints;
  /** POS4. Up to here everything was on disk when the turn began, and nothing more will come. */
  readonly frontier: Position;
  /** Whether the failure detector has said that this node runs. It may have said nothing yet. */
  isUp(node: NodeId): boolean;
  /** The newest incarnation of a node that it has spoken of. */
  epochOf(node: NodeId): number;
  /** Whether it has said that this incarnation is over. */
  hasFailed(incarnation: Incarnation): boolean;
  /** What rules this node's vote, or what was said outside of the transaction that is judged. */
  readonly ruling: Validator | Verdict;
  /** POS1. A position for what is promised now, above all that this node has seen. */
  propose(): Position;
  /** POS5. This node is given copies, and tells of no changes, until a commit has made it a member again. */
  interrupt(): void;
  resume(position: Position): void;
  /** The first key of the footprint that another transaction holds. */
  conflict(footprint: Footprint): Conflict | undefined;
}

/** How patient a node is, and how long its memory. */
export type Settings = {
  /** A decision not acknowledged is sent again after this. */
  resendAfterMs: Millis;
  /** A participant without a decision asks around after this, and again after each further span. */
  inquireAfterMs: Millis;
  /** How many outcomes each role remembers. */
  retainedOutcomes: number;
  /** How many changes its storage keeps for followers (default 100,000), and 64 MiB of them at most. */
  retainedChanges?: number;
};

/** What a step wants done, in this order: records and writes become durable, then the messages leave. */
export type Output = { records: readonly Append[]; writes: readonly Effect[]; messages: readonly Outgoing[] };

const NOTHING: readonly never[] = [];
/** The output of most steps. */
export const SILENCE: Output = { records: NOTHING, writes: NOTHING, messages: NOTHING };

/** The output of a step that only sends. */
export function say(...messages: Outgoing[]): Output {
  return { records: NOTHING, writes: NOTHING, messages };
}

/** One output after the other. */
export function both(first: Output, second: Output): Output {
  return {
    records: [...first.records, ...second.records],
    writes: [...first.writes, ...second.writes],
    messages: [...first.messages, ...second.messages],
  };
}

export type Outgoing = {
  target: Address;
  body: Message;
  /**
   * This message rests on a record that the protocol need not force (an abort told to its client).
   * It waits for the next commit instead of forcing one.
   */
  rests?: boolean;
};

/**
 * What the lack of a record means: the transaction was certainly never seen here (`unseen`), its time-ordered
 * id is older than some forgotten one (`expired`), or its id has no order and some such id was forgotten (`unsure`).
 */
export type Memory = "unseen" | "expired" | "unsure";

/** Whether a state is to be kept: not at all, for its duties, or as an outcome that can be asked for. */
export type Stage = "blank" | "open" | "finished";

/** One role of one protocol, for one transaction. */
export interface Role<State, Rec extends TransactionRecord> {
  blank(txn: TxnId, memory: Memory): State;
  stage(state: State): Stage;
  /** The only place where a phase changes; live steps and replay share it. */
  apply(state: State, record: Rec): State;
  step(state: State, event: Event, env: Env): [State, Output];
  /** The instant of the next alarm that this state needs. Deadlines are state; there are no timers to cancel. */
  deadline(state: State): Millis | undefined;
}

/** An assumption of the protocol failed. The node stops; the supervisor takes over. */
export class Broken extends Error {
  override readonly name = "Broken";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Stays on in production: going on after a broken assumption could lose data. */
export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Broken("assertion", why);
}
