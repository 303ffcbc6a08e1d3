/** What a program sees of the protocol when it is gone through by hand. */

import type { Key } from "./api.js";

/** Which transactions go by hand: one, or all. */
export type StepPlan = { txn?: string };

/** What stands still at a node until it is released. */
export type Held = {
  /** Counts what was held in this cluster, since it was opened. */
  id: number;
  /** Where it is held. */
  node: string;
  txn: string | undefined;
  /** In one line: `vote t1 yes`, or `about to force prepared t1`. */
  says: string;
  /** Since when, in milliseconds since 1970. */
  at: number;
  /** What has to be released before it: an earlier message of its link, or the turn that its node is in. */
  after?: number;
} & (
  | {
      /** A message that has arrived, and was not taken yet. */
      kind: "message";
      source: string;
      /** Its contents; long values and long lists of operations are cut. */
      body: { kind: string };
    }
  | {
      /** A node is about to make these records durable. Only then it sends what it has to say. */
      kind: "commit";
      records: { kind: string; txn?: string; forced: boolean }[];
      /** Keys whose committed values change with them. */
      keys: Key[];
    }
);

/** `stepping` is absent when nothing is gone through by hand. `more` are held behind those that are listed. */
export type HeldList = { stepping?: StepPlan; held: Held[]; more: number };

/** The part of a cluster that can be gone through by hand. Only with chaos allowed. */
export interface Stepping {
  /**
   * From now on messages of the protocol wait where they arrive, and so does every commit that it forces: of one
   * transaction, or of all. Meanwhile time stands still: no patience ends, neither of nodes nor of clients nor of people. Only
   * the failure detector goes on. With `off` all that is held goes on in its order, and time from where it stood.
   */
  step(plan: StepPlan | "off"): Promise<HeldList>;
  /** What stands still now, in the order in which it came. */
  held(): Promise<HeldList>;
  /**
   * Lets one go: a message is taken in a turn of its own; a commit is made and what it allows is sent. `next` is the oldest
   * that can go; resolves with nothing when none comes within a second. Rejects with `not-waiting`, and says why.
   */
  release(id: number | "next"): Promise<Held | undefined>;
}
