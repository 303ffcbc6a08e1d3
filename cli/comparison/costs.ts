/** What a commit costs under a protocol, measured, and what the theory says. */

import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../runtime/api.js";
import type { JournalLine } from "../../runtime/journal.js";
import type { Rounds } from "./rounds.js";
import { roundsOf } from "./rounds.js";

export type Protocol = "2pc" | "3pc";

export type Costs = { messages: number; forcedWrites: number; rounds: Rounds };
export type Latency = { p50Ms: number; p99Ms: number };

/** For n participants that all write and vote yes, and a coordinator without data. */
export const THEORY: Record<Protocol, (n: number) => Costs & { says: { messages: string; forcedWrites: string } }> = {
  "2pc": (n) => ({
    messages: 4 * n,
    forcedWrites: 2 * n + 1,
    rounds: { toAnswer: 2, inAll: 4 },
    says: { messages: "4n", forcedWrites: "2n+1" },
  }),
  "3pc": (n) => ({
    messages: 5 * n,
    forcedWrites: 3 * n + 2,
    rounds: { toAnswer: 4, inAll: 5 },
    says: { messages: "5n", forcedWrites: "3n+2" },
  }),
};

/** How long after its answer a transaction may still be finished by those who only acknowledge. */
const QUIET_MS = 200;

/** One transaction, counted. `lines` are what the journal says meanwhile. */
export async function measureCosts(cluster: Cluster, lines: JournalLine[]): Promise<Costs> {
  await cluster.put("first", 0);
  await sleep(QUIET_MS);
  const before = await spent(cluster);
  lines.length = 0;
  const { txn } = await cluster.put("counted", 1);
  await sleep(QUIET_MS);
  const after = await spent(cluster);
  const { messages, forcedWrites } = after;
  return {
    messages: messages - before.messages,
    forcedWrites: forcedWrites - before.forcedWrites,
    rounds: roundsOf(lines, txn),
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
