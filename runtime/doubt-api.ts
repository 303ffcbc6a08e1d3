/** What a program sees of transactions in doubt, and how a person forces an outcome upon them (heuristic decisions). */

import type { Outcome, ProtocolName } from "../actors/transaction.js";
import type { Key } from "./composite.js";

/** What one node knows of a transaction in doubt. */
export type DoubtEvidence = {
  node: string;
  /** Whether its log can be read now. */
  isUp: boolean;
  /** In one sentence, what its log proves, or why it cannot be read. */
  proves: string;
};

/** What a person forced upon a participant, as long as it is not known to be right. */
export type ForcedOutcome = {
  node: string;
  outcome: Outcome;
  reason: string;
  by: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Set once the real outcome is known to be another one: a heuristic mismatch. */
  real?: Outcome;
};

/** A transaction in doubt in one line. */
export type InDoubtStatus = {
  txn: string;
  ageMs: number;
  keys: Key[];
  files?: string[];
  waitingFor: string[];
  /** What each node that knows of it says. */
  phases: Record<string, string>;
};

/** What can be forced. */
export type Order = "commit" | "abort";

export type Doubt = {
  txn: string;
  protocol: ProtocolName;
  /**
   * `undecided`: somebody waits, and keys are locked. `forced`: all that is up was forced, and the real outcome is not known
   * yet. `mismatch`: it is known, and what was forced was another one.
   */
  state: "undecided" | "forced" | "mismatch";
  ageMs: number;
  waitingFor: string[];
  /** Locked for it, at the nodes that are up. */
  keys: Key[];
  files?: string[];
  /** How many readers wait for it at each node. Writers are refused at once. */
  readers: Record<string, number>;
  logs: DoubtEvidence[];
  forced: ForcedOutcome[];
  /** Why something cannot be forced; what is not named can be. */
  objections: Partial<Record<Order, string>>;
};

export type ResolveOptions = {
  /** In the words of who does it; it stays in the logs. */
  reason: string;
  /** Upon whom: all that have promised it and are up, unless named. */
  nodes?: readonly string[];
  /** Who does it: unless given, the user who runs this program. */
  by?: string;
};

/** Transactions whose end is not known, as data and by hand. */
export interface Doubts {
  /** All of them, oldest first, and what people forced that is not known to be right. Younger ones may simply be under way. */
  list(): Promise<Doubt[]>;
  /**
   * Forces an outcome upon participants in doubt; resolves when it is on their disks and their locks are free. Only what
   * contradicts no log that can be read is forced: rejects with `contradicted` otherwise, and says what does. It is no
   * decision: who knows the real one tells it later, and if it is another one, that is reported until `forget`.
   */
  resolve(txn: string, order: Order, options: ResolveOptions): Promise<Doubt>;
  /** Somebody has seen a heuristic mismatch, and taken care of the data. Rejects with `contradicted` if there is none. */
  forget(txn: string): Promise<{ txn: string; nodes: string[] }>;
}
