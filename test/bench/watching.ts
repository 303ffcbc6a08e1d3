/** Commits with and without watchers, who together are told about as many events in a second as is wanted. */

import type { Cluster, Operation } from "../../runtime/api.js";
import { median } from "./median.js";

const WATCHERS = 10;
const EVENTS_PER_SECOND = 10_000;
const CLIENTS = 64;
const VALUE = "v".repeat(98);

export type Watched = { withWatchers: number; without: number; eventsPerSecond: number };

/** Watchers see only the commits under one prefix, and clients write there so often that they come to their number. */
export async function watched(cluster: Cluster, rounds: number, forMs: number): Promise<Watched> {
  const without: number[] = [];
  const withWatchers: number[] = [];
  const events: number[] = [];
  let share = 1;
  for (let round = 0; round <= rounds; round += 1) {
    const alone = await commitRate(cluster, share, forMs);
    const seen = { events: 0 };
    const watches = await Promise.all(Array.from({ length: WATCHERS }, () => startWatch(cluster, seen)));
    const start = performance.now();
    const rate = await commitRate(cluster, share, forMs);
    const told = (seen.events * 1000) / (performance.now() - start);
    await Promise.all(watches.map((stop) => stop()));
    share = Math.min(1, EVENTS_PER_SECOND / WATCHERS / rate);
    // In the first round the code is compiled and the rate found.
    if (round === 0) continue;
    without.push(alone);
    withWatchers.push(rate);
    events.push(told);
  }
  return { withWatchers: median(withWatchers), without: median(without), eventsPerSecond: median(events) };
}

async function startWatch(cluster: Cluster, seen: { events: number }): Promise<() => Promise<unknown>> {
  const watch = cluster.watch({ prefix: "watched/" });
  await watch.started;
  const running = (async () => {
    for await (const _ of watch) seen.events += 1;
  })();
  return async () => {
    await watch.return();
    await running;
  };
}

async function commitRate(cluster: Cluster, share: number, forMs: number): Promise<number> {
  const start = performance.now();
  let committed = 0;
  const client = async () => {
    while (performance.now() - start < forMs) {
      const prefix = Math.random() < share ? "watched/" : "bench/";
      const put: Operation = { op: "put", key: prefix + Math.floor(Math.random() * 100_000), value: VALUE };
      if ((await cluster.transact([put])).outcome === "committed") committed += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (committed * 1000) / (performance.now() - start);
}
