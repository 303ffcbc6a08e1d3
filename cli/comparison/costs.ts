/** What a commit costs under a protocol, measured, and what the theory says. */

import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../runtime/api.js";
import type { Rounds } from "../diagram/account.js";
import { diagramOf } from "../diagram/diagram.js";
import { type Formula, formulaOf } from "../diagram/theory.js";

export type Protocol = "2pc" | "3pc";

export type Costs = { messages: number; forcedWrites: number; rounds: Rounds };
export type Latency = { p50Ms: number; p99Ms: number };

const ROUNDS: Record<Protocol, Rounds> = { "2pc": { toAnswer: 2, inAll: 4 }, "3pc": { toAnswer: 4, inAll: 5 } };

/** For n participants that all write and vote yes, and a coordinator without data. */
export function theoryOf(protocol: Protocol, n: number): Costs & Formula {
  return { ...formulaOf(protocol, n), rounds: ROUNDS[protocol] };
}

/** How long after its answer a transaction may still be finished by those who only acknowledge. */
const QUIET_MS = 200;

/** One transaction, counted by the nodes, and looked on at. */
export async function measureCosts(cluster: Cluster): Promise<Costs> {
  await cluster.put("first", 0);
  await sleep(QUIET_MS);
  const before = await spent(cluster);
  const { txn } = await cluster.put("counted", 1);
  await sleep(QUIET_MS);
  const { messages, forcedWrites } = await spent(cluster);
  return {
    messages: messages - before.messages,
    forcedWrites: forcedWrites - before.forcedWrites,
    rounds: diagramOf(await cluster.tracing.trace(txn)).costs.rounds,
  };
}

/** One client, one transaction after the other. */
export async function measureLatency(cluster: Cluster, transactions: number, onDone: () => void): Promise<Latency> {
  const histogram = createHistogram();
  for (let number = 0; number < transactions; number += 1) {
    const start = performance.now();
    await cluster.put(`key-${number}`, number);
    histogram.record(Math.max(1, Math.round((performance.now() - start) * 1000)));
    onDone();
  }
  const ms = (percent: number) => Number((histogram.percentile(percent) / 1000).toFixed(2));
  return { p50Ms: ms(50), p99Ms: ms(99) };
}

async function spent(cluster: Cluster): Promise<{ messages: number; forcedWrites: number }> {
  const { nodes } = await cluster.status();
  const sum = (of: "messages" | "forcedWrites") =>
    nodes.reduce((total, { details }) => total + (details?.[of] ?? 0), 0);
  return { messages: sum("messages"), forcedWrites: sum("forcedWrites") };
}
