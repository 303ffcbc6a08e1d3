/** What must hold in every state of a cluster, whatever happened. */

import type { LogRecord } from "../../actors/record.js";
import type { Outcome, TxnId } from "../../actors/transaction.js";
import type { Actor } from "./actor.js";
import { canonicalText } from "./canonical.js";
import { TOLD } from "./cast.js";
import { type Cluster, type ClusterState, KEY, VETO } from "./cluster.js";
import { once } from "./once.js";
import { heal, isSettled } from "./settling.js";
import type { Invariant } from "./transition-system.js";

export const RECOVERY = "recovery: when all are back, everything is settled and the same everywhere";

/** The invariants of a cluster, the cheap ones first. */
export function invariantsOf(cluster: Cluster): readonly Invariant<ClusterState>[] {
  const { cast, txns } = cluster;
  const each = (name: string, holds: (actors: readonly Actor[], txn: TxnId, told: ToldOf) => boolean) => ({
    name,
    holds: ({ actors, told }: ClusterState) =>
      txns.every((txn) => {
        const company = actors.map((number) => cast.actor(number));
        return holds(company, txn, (outcome) => cast.wasTold(told, txn, TOLD[outcome]));
      }),
  });
  const alone = (name: string, holds: (actor: Actor) => boolean) => {
    const known = once((number) => holds(cast.actor(number)));
    return { name, holds: ({ actors }: ClusterState) => actors.every(known) };
  };
  return [
    { name: "no assumption breaks", holds: ({ flaw }) => flaw === undefined },
    each("agreement: nobody decides otherwise, ever", agree),
    each("validity: a commit needs the durable promise of every participant", everybodyPromised),
    each("durability: a client is told only what is on the coordinator's disk", isOnDisk),
    alone("locks: exactly the keys of promises are locked", locksFollowPromises),
    alone("data: exactly what was committed is there", dataFollowsLog),
    { name: RECOVERY, holds: ({ actors }) => recovers(cluster, actors) },
  ];
}

/** Whatever was lost, and whoever was down: in the end nobody has a duty left and all have the same. */
function recovers(cluster: Cluster, actors: readonly number[]): boolean {
  const healed = heal(cluster, actors);
  const [, ...replicas] = healed.map((number) => cluster.cast.actor(number).disk.data);
  const contents = replicas.map((data) => canonicalText(data.filter(({ key }) => key !== VETO)));
  return isSettled(cluster.cast, healed) && new Set(contents).size === 1;
}

type ToldOf = (outcome: Outcome) => boolean;

function agree(actors: readonly Actor[], txn: TxnId, told: ToldOf): boolean {
  const outcomes = new Set(
    actors.flatMap(({ disk, running }) => [...disk.log, ...(running?.lazy ?? [])].flatMap(outcome(txn))),
  );
  for (const final of ["committed", "aborted"] as const) if (told(final)) outcomes.add(final);
  return outcomes.size <= 1;
}

function everybodyPromised([coordinator, ...participants]: readonly Actor[], txn: TxnId): boolean {
  if (!coordinator) return true;
  const { disk, running } = coordinator;
  const decisions = [...disk.log, ...(running?.lazy ?? [])].filter((record) =>
    outcome(txn)(record).includes("committed"),
  );
  return decisions.every((decided) => participants.every(({ disk: { log } }) => log.some(promises(decided))));
}

function isOnDisk([coordinator]: readonly Actor[], txn: TxnId, told: ToldOf): boolean {
  const durable = coordinator?.disk.log.flatMap(outcome(txn)) ?? [];
  return (["committed", "aborted"] as const).every((final) => !told(final) || durable.includes(final));
}

/** What is explored locks no ranges. */
export function locksFollowPromises({ running }: Actor): boolean {
  if (!running) return true;
  const { participating, locks } = running.core;
  const promised = participating.open.map(([txn, { writes, reads }]) => ({
    txn,
    writes: writes.map(({ key }) => key),
    reads,
    ranges: [],
  }));
  return canonicalText(locks) === canonicalText(promised);
}

export function dataFollowsLog({ disk: { log, data } }: Actor): boolean {
  const committed = log.filter((record) => record.kind === "concluded" && record.outcome === "committed");
  const last = committed.at(-1);
  const version = data.find(({ key }) => key === KEY)?.version;
  return version === (last?.kind === "concluded" ? last.txn : undefined);
}

function outcome(txn: TxnId): (record: LogRecord) => Outcome[] {
  return (record) => ("outcome" in record && record.txn === txn ? [record.outcome] : []);
}

function promises(decided: LogRecord): (record: LogRecord) => boolean {
  if (!("attempt" in decided)) return () => false;
  const { txn, attempt } = decided;
  return (record) => record.kind === "prepared" && record.txn === txn && record.attempt === attempt;
}
