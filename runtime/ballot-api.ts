/** What a program sees of people who vote: what waits for them, and what they say. */

import type { Proposal } from "./api.js";

/** A transaction that waits for the person of a node. All times in milliseconds, instants since 1970. */
export type Ballot = Proposal & {
  askedAt: number;
  /** When it becomes a no because nobody answered. */
  deadlineAt: number;
  /** The same as a countdown. */
  leftMs: number;
};

/** What the person of a node said. */
export type Cast = { txn: string; node: string; vote: "commit" | "abort"; reason?: string };

/** The part of a cluster that asks people. A node asks its person while its validator is `person`. */
export interface Balloting {
  /**
   * What waits for the person of a node, or of any node, oldest first. A node asks only about what it would otherwise vote
   * yes on, and nothing is locked meanwhile. Without an answer within the transaction's deadline it is a no.
   */
  ballots(node?: string): Promise<Ballot[]>;
  /**
   * Answers for the person of a node; resolves when the answer is on its way. A yes is not yet the node's vote: what has
   * changed meanwhile may still speak against it. Rejects with `not-waiting` when nobody waits for it, and says why: it is
   * too late, somebody has answered already, or the transaction is unknown.
   */
  castVote(txn: string, node: string, yes: boolean, reason?: string): Promise<Cast>;
}
