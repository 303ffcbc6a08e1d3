/** Which states block, and why; and whether they are exactly those that the theory names. */

import type { TxnId } from "../../actors/transaction.js";
import type { Cluster, ClusterState } from "./cluster.js";
import { blockedAt, blockedInTheory, knowledge } from "./settling.js";

/** States that block for the same reason: the coordinator is down, and of the participants so many. */
export type Reason = { coordinatorLog: "decided" | "undecided"; prepared: number; down: number; concluded: number };

/** What is found about blocking while states are visited. */
export class Blocking<Way> {
  states = 0;
  readonly #cluster: Cluster;
  readonly #reasons = new Map<string, Reason & { states: number }>();
  /** The way to the first state that blocks. */
  example: Way | undefined;
  /** The way to the first state in which what happens is not what the theory says. */
  surprise: Way | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  visit({ actors }: ClusterState, way: () => Way): void {
    const blocked = this.#cluster.txns.filter((txn) => this.#isBlocked(actors, txn, way));
    if (blocked.length === 0) return;
    this.states += 1;
    this.example ??= way();
    for (const txn of blocked) this.#count(reasonOf(this.#cluster, actors, txn));
  }

  /** The reasons with how many states have each, the most frequent first. */
  reasons(): (Reason & { states: number })[] {
    return [...this.#reasons.values()].sort((left, right) => right.states - left.states);
  }

  #isBlocked(actors: readonly number[], txn: TxnId, way: () => Way): boolean {
    const blocked = blockedAt(this.#cluster, actors, txn);
    if (blocked.join() !== blockedInTheory(this.#cluster, actors, txn).join()) this.surprise ??= way();
    return blocked.length > 0;
  }

  #count(reason: Reason): void {
    const key = JSON.stringify(reason);
    const known = this.#reasons.get(key) ?? { ...reason, states: 0 };
    known.states += 1;
    this.#reasons.set(key, known);
  }
}

function reasonOf({ cast }: Cluster, [coordinator = 0, ...participants]: readonly number[], txn: TxnId): Reason {
  const phases = participants.map((number) => knowledge(cast, number, txn).phase);
  const count = (phase: string) => phases.filter((other) => other === phase).length;
  const decided = cast.actor(coordinator).disk.log.some((record) => record.kind === "decided" && record.txn === txn);
  return {
    coordinatorLog: decided ? "decided" : "undecided",
    prepared: count("prepared"),
    down: count("down"),
    concluded: count("concluded"),
  };
}
