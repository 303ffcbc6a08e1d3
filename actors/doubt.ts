/** What a node can say about transactions of which it has not seen the end: for people who ask what it waits for. */

import type { AnyParticipant } from "./participation.js";
import { awaited } from "./three-phase/recovery.js";
import type { ProcessState } from "./three-phase/state.js";
import type { Key, Millis, NodeId, TxnId } from "./transaction.js";
import type { Actor } from "./turn.js";
import type { CoordinatorState } from "./two-phase/coordinator.js";

/** An open transaction as this node knows it. */
export type InDoubt = {
  txn: TxnId;
  role: "coordinator" | "participant";
  phase: string;
  /** Whom it waits for. */
  waitingFor: NodeId[];
  writes: Key[];
  reads: Key[];
  /** When it began here. */
  at: Millis;
};

export function inDoubtOf(
  coordinating: readonly CoordinatorState[],
  participating: readonly AnyParticipant[],
  actor: Actor,
): InDoubt[] {
  const leading = coordinating.map((state): InDoubt => {
    const waitingFor = state.phase === "working" ? state.silent : state.unacked;
    const { txn, phase, at } = state;
    return { txn, role: "coordinator", phase, waitingFor: [...waitingFor], writes: [], reads: [], at };
  });
  const following = participating.flatMap((state): InDoubt[] => {
    if (state.protocol === "forced") return [];
    const writes = state.writes.map(({ key }) => key);
    const { txn, phase, at } = state;
    const waitingFor = state.protocol === "3pc" ? awaitedBy(state, actor) : [state.coordinator];
    return [{ txn, role: "participant", phase, waitingFor, writes, reads: [...state.reads], at }];
  });
  return [...leading, ...following];
}

function awaitedBy(state: ProcessState, { self, nodes }: Actor): NodeId[] {
  const { duty } = state;
  if (duty.is === "following") return [duty.leader];
  if (duty.is === "recovering") return awaited(state, self, nodes);
  return "missing" in duty ? [...duty.missing] : [];
}
