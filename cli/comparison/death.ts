/** What a protocol does when its coordinator dies at the worst moment: all have voted, and nobody was told anything. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, InDoubtStatus } from "../../runtime/api.js";
import type { Protocol } from "./costs.js";

export type Death = {
  /** Who is in doubt a while later, and for whom they wait. */
  blocked: string[];
  waitingFor: string[];
  /** How long the survivors took to decide; undefined when they could not. */
  decidedAfterMs: number | undefined;
  /** What its client was told. */
  told: string;
  /** What another transaction on the same key got meanwhile. */
  meanwhile: string;
  /** What became of it when the coordinator was back. */
  outcome: string;
};

const COORDINATOR = "c1";
const ID = "window-of-uncertainty";
const KEY = "window";
const PATIENCE_MS = 2000;
const LOOK_EVERY_MS = 5;

export async function coordinatorDies(cluster: Cluster, protocol: Protocol): Promise<Death> {
  const at = protocol === "2pc" ? "partial-decision" : "partial-precommit";
  await cluster.crash(COORDINATOR, { at, targets: [], restart: false });
  const told = cluster.put(KEY, 1, { id: ID, deadlineMs: PATIENCE_MS });
  await untilDown(cluster);
  const died = performance.now();
  const doubt = await untilDecided(cluster, died);
  const decidedAfterMs = doubt ? undefined : Math.round(performance.now() - died);
  const meanwhile = await cluster.put(KEY, 2, { deadlineMs: PATIENCE_MS });
  const answer = await told;
  await cluster.restart(COORDINATOR);
  return {
    blocked: Object.keys(doubt?.phases ?? {}),
    waitingFor: doubt?.waitingFor ?? [],
    decidedAfterMs,
    told: said(answer),
    meanwhile: said(meanwhile),
    outcome: (await settled(cluster)).outcome,
  };
}

async function untilDown(cluster: Cluster): Promise<void> {
  for (;;) {
    const { nodes } = await cluster.status();
    if (nodes.some(({ id, state }) => id === COORDINATOR && state !== "up")) return;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Undefined once nobody is in doubt any more; otherwise what is, after a second. */
async function untilDecided(cluster: Cluster, since: number): Promise<InDoubtStatus | undefined> {
  for (;;) {
    const { inDoubt } = await cluster.status();
    const doubt = inDoubt.find(({ txn }) => txn === ID);
    if (!doubt || performance.now() - since > PATIENCE_MS / 2) return doubt;
    await sleep(LOOK_EVERY_MS);
  }
}

async function settled(cluster: Cluster) {
  for (let tries = 0; tries < 400; tries += 1) {
    const { inDoubt } = await cluster.status();
    if (!inDoubt.some(({ txn }) => txn === ID)) break;
    await sleep(LOOK_EVERY_MS);
  }
  return cluster.outcome(ID);
}

function said(result: { outcome: string; why?: { code: string } }): string {
  return result.why ? `${result.outcome} (${result.why.code})` : result.outcome;
}
