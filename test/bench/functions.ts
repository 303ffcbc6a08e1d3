/** Transaction functions beside blind writes, and many clients that all want the same key. */

import type { Cluster, Operation } from "../../runtime/api.js";

export type Keys = { prefix: string; keys: number };

const CLIENTS = 64;
const VALUE = "v".repeat(98);

/** Commits per second of functions that read two keys and write these two. */
export function functionRate(cluster: Cluster, keys: Keys, forMs: number): Promise<number> {
  return rateOf(forMs, async () => {
    const [first, second] = someOf(keys, 2) as [string, string];
    const { outcome } = await cluster.transaction(async (t) => {
      const [left, right] = await t.read([first, second]);
      t.put(first, right?.value ?? VALUE);
      t.put(second, left?.value ?? VALUE);
    });
    return outcome === "committed";
  });
}

/** Commits per second of transactions that put three keys and look at nothing. */
export function blindRate(cluster: Cluster, keys: Keys, forMs: number): Promise<number> {
  return rateOf(forMs, async () => {
    const puts = someOf(keys, 3).map((key): Operation => ({ op: "put", key, value: VALUE }));
    return (await cluster.transact(puts)).outcome === "committed";
  });
}

export type HotKey = {
  commitsPerSecond: number;
  /** Of whole seconds, the one with the fewest commits. */
  fewestInASecond: number;
  mostAttempts: number;
  /** Calls that did not commit within their attempts and their time. */
  starved: number;
};

/** All clients read and write one key. */
export async function hotKey(cluster: Cluster, key: string, forMs: number): Promise<HotKey> {
  const start = performance.now();
  const perSecond: number[] = new Array(Math.floor(forMs / 1000)).fill(0);
  let mostAttempts = 0;
  let starved = 0;
  const commitsPerSecond = await rateOf(forMs, async () => {
    const { outcome, attempts } = await cluster.transaction(async (t) => {
      const { value } = await t.get(key);
      t.put(key, (typeof value === "number" ? value : 0) + 1);
    });
    mostAttempts = Math.max(mostAttempts, attempts);
    if (outcome !== "committed") starved += 1;
    const second = Math.floor((performance.now() - start) / 1000);
    if (outcome === "committed" && second < perSecond.length) perSecond[second] = (perSecond[second] ?? 0) + 1;
    return outcome === "committed";
  });
  return { commitsPerSecond, fewestInASecond: Math.min(...perSecond), mostAttempts, starved };
}

/** How often per second this comes out true, for as many clients as are needed to keep a cluster busy. */
export async function rateOf(forMs: number, work: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  let done = 0;
  const client = async () => {
    while (performance.now() - start < forMs) if (await work()) done += 1;
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done * 1000) / (performance.now() - start);
}

function someOf({ prefix, keys }: Keys, count: number): string[] {
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(prefix + Math.floor(Math.random() * keys));
  return [...chosen];
}
