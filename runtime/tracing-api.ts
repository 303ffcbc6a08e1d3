/** What can be seen of how transactions come about, message by message and record by record: live, and afterwards. */

import type { Outcome, ProtocolName } from "../actors/transaction.js";
import type { Key, NodeState } from "./api.js";
import type { Why } from "./errors.js";
import type { JournalLine } from "./journal.js";
import type { Entry } from "./recording/entry.js";

/** What a node did in one turn about one transaction: its journal line without the rest, long values cut. */
export type Step = JournalLine;

/** A node began to serve, or ceased to. */
export type Life = { node: string; epoch?: number; at: number; state: NodeState; reason?: string };

/** What happens, as it is told to who looks on. */
export type TraceEvent =
  | { kind: "step"; txn: string; step: Step }
  | { kind: "life"; life: Life }
  /**
   * From now on so many of all transactions are told of, from 0 to 1: the others are too many to be looked at. Which ones
   * depends on their ids alone, so what is told of is told of by all nodes.
   */
  | { kind: "share"; share: number };

/** One transaction from beginning to end, or to now. */
export type Trace = {
  txn: string;
  /**
   * `journal`: every turn was told of as it happened. `logs`: nobody looked on; this is what the logs of the nodes that
   * are up still prove, in which there are no messages, and no times but where a record has one.
   */
  source: "journal" | "logs";
  /** All nodes of the cluster, coordinators first. */
  nodes: readonly string[];
  /** In the order in which they were heard of, which is not always that in which they happened. */
  steps: readonly Step[];
  /** What befell nodes since it began. */
  lives: readonly Life[];
};

/** A transaction in one line. */
export type TraceSummary = {
  txn: string;
  protocol: ProtocolName;
  /** Who was asked to run it. */
  coordinator?: string;
  outcome: Outcome | "undecided";
  why?: Why;
  keys: readonly Key[];
  files?: readonly string[];
  /** Nodes that took part in any way. */
  nodes: readonly string[];
  startedAt: number;
  /** Until its outcome was on its way to the client. */
  tookMs?: number;
  /** Between nodes. */
  messages: number;
  forcedWrites: number;
};

/** Which transactions to list: all conditions hold. `key` and `reason` are parts of a text. */
export type TraceQuery = {
  limit?: number;
  id?: string;
  key?: string;
  node?: string;
  outcome?: TraceSummary["outcome"];
  reason?: string;
  olderThanMs?: number;
};

/** Looking on costs little: under load only a share of all transactions is told of, and of those not told of the logs speak. */
export interface Tracing {
  /** How a transaction came about. Rejects with `not-found` when neither the journal nor a log knows it. */
  trace(txn: string): Promise<Trace>;
  /** The latest transactions that were told of, newest first, at most `limit` (default 100, at most 5,000). */
  traces(query?: TraceQuery): Promise<TraceSummary[]>;
  /** Hears what happens from now on, until the returned function is called. Only in the program that opened the cluster. */
  observe(hear: (event: TraceEvent) => void): () => void;
  /**
   * Hears all of the journal from now on, and before that from what each node goes on, until the returned function is
   * called. It costs time. Only in the program that opened the cluster, one at a time, and with membership `up-set` only
   * from the beginning (`record` in `OpenOptions`): otherwise `invalid`.
   */
  record(hear: (entry: Entry) => void): () => void;
}
