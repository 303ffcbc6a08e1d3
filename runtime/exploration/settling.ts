/** What those that are up come to when the network has lost everything and nothing more happens to them. */

import type { NodeId, TxnId } from "../../actors/transaction.js";
import type { Cast } from "./cast.js";
import type { Cluster } from "./cluster.js";

const ROUNDS_MOST = 100;

/** All this happens and whatever is sent arrives, until nobody changes any more. Who is down stays down. */
function settle({ cast }: Cluster, actors: readonly number[], first: Iterable<number>): number[] {
  const settled = [...actors];
  const possible = new Set(first);
  for (let rounds = 0, before = ""; before !== [...settled, possible.size].join(); rounds += 1) {
    before = [...settled, possible.size].join();
    if (rounds > ROUNDS_MOST) throw new Error(`the cluster does not come to rest from ${actors.join()}`);
    // A set that grows while it is walked through is walked to its new end.
    for (const happening of possible) {
      const on = cast.place(happening);
      const { actor, sent } = cast.turn(settled[on] ?? 0, happening);
      settled[on] = actor;
      for (const letter of sent) possible.add(letter);
    }
  }
  return settled;
}

/** Every node that is down is restarted, and the detector has good news only. */
export function heal(cluster: Cluster, actors: readonly number[]): number[] {
  const { cast, rings, upWords } = cluster;
  const up = actors.map((actor) => (cast.isUp(actor) ? actor : cast.restart(actor)));
  return settle(cluster, up, [...upWords, ...rings.flat()]);
}

/** Whether nobody has any duty left. */
export function isSettled(cast: Cast, actors: readonly number[]): boolean {
  return actors.every((number) => {
    const { running } = cast.actor(number);
    if (!running) return false;
    const { coordinating, participating, locks } = running.core;
    return [coordinating.open, participating.open, locks, running.resting].every((list) => list.length === 0);
  });
}

/** Participants that asked everybody who is up and are in doubt still: they wait for somebody who is down. */
export function blockedAt(cluster: Cluster, actors: readonly number[], txn: TxnId): NodeId[] {
  const { cast, nodes, rings } = cluster;
  return nodes.filter((_, index) => {
    if (knowledge(cast, actors[index] ?? 0, txn).phase !== "prepared") return false;
    const asked = settle(cluster, actors, [...(rings[0] ?? []), ...(rings[index] ?? [])]);
    return knowledge(cast, asked[index] ?? 0, txn).phase === "prepared";
  });
}

/**
 * What the theory says: a prepared participant is blocked exactly when nobody it can ask knows more, that is when the
 * coordinator is down and no participant that is up has learned the outcome or has not voted yet.
 */
export function blockedInTheory({ cast, nodes }: Cluster, actors: readonly number[], txn: TxnId): NodeId[] {
  const [coordinator = 0, ...participants] = actors;
  if (cast.isUp(coordinator)) return [];
  const known = participants.map((number) => knowledge(cast, number, txn));
  return nodes.slice(1).filter((_, index) => {
    const own = known[index];
    if (own?.phase !== "prepared") return false;
    // One that learned how another attempt ended says nothing about this one.
    return !known.some(
      (other) => other.phase === "unseen" || (other.phase === "concluded" && other.attempt === own.attempt),
    );
  });
}

/** What a participant knows of a transaction. */
export function knowledge(cast: Cast, number: number, txn: TxnId): Knowledge {
  const { running } = cast.actor(number);
  if (!running) return { phase: "down" };
  const { open, finished } = running.core.participating;
  const promise = open.find(([name]) => name === txn)?.[1];
  if (promise) return { phase: "prepared", attempt: promise.attempt };
  const last = finished.find((record) => record.txn === txn);
  return last ? { phase: "concluded", attempt: last.attempt } : { phase: "unseen" };
}

type Knowledge = { phase: "down" | "unseen" } | { phase: "prepared" | "concluded"; attempt: number };
