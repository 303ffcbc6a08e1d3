/** What tests of watching share: a cluster, events to take, and commits that happen whatever befalls. */

import type { Test } from "tap";
import { type Cluster, open, type Watch, type WatchEvent } from "../../runtime/client.js";
import type { OpenOptions } from "../../runtime/open-options.js";

/** Each takes a while, unless the cluster refuses at once. */
const MOST_TRIES = 20_000;

export async function opened(t: Test, options: OpenOptions = {}): Promise<Cluster> {
  const cluster = await open({ temporary: true, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

export async function take(watch: Watch, count: number): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  while (events.length < count) {
    const { done, value } = await watch.next();
    if (done) break;
    events.push(value);
  }
  return events;
}

/** Commits so many, whatever befalls the cluster meanwhile. Only those that certainly committed count. */
export async function commits(cluster: Cluster, count: number, name: string): Promise<string[]> {
  const txns: string[] = [];
  for (let tries = 0; txns.length < count; tries += 1) {
    if (tries > MOST_TRIES) throw new Error("the cluster does not come back");
    const result = await cluster.transact([
      { op: "put", key: `${name}/${tries}`, value: tries },
      { op: "add", key: "sum", delta: 1 },
    ]);
    if (result.outcome === "committed") txns.push(result.txn);
  }
  return txns;
}
