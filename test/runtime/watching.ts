/** What tests of watching share: a cluster, events to take, and commits that happen whatever befalls. */

import type { Test } from "tap";
import { type AyesError, type Cluster, open, type Watch, type WatchEvent } from "../../runtime/client.js";
import type { OpenOptions } from "../../runtime/open-options.js";

/** While a node is down. */
const PAUSE_MS = 10;
const MOST_TRIES = 5000;
const LEAVE_WITHIN = 200;

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
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return txns;
}

/** A cluster that keeps few changes, and a position from before its last start, which makes room for others. */
export async function aged(t: Test, options: OpenOptions = {}): Promise<{ cluster: Cluster; position: string }> {
  const data = t.testdir();
  const before = await open({ ...options, data });
  const { position } = await before.changes();
  await commits(before, 12, "before");
  await before.close();
  const cluster = await opened(t, { temporary: false, data, settings: { retainedChanges: 5 } });
  return { cluster, position };
}

/** Commits until what came after a position has left the replica that is asked. */
export async function outlive(cluster: Cluster, position: string, replica: string): Promise<void> {
  for (let commit = 0; commit < LEAVE_WITHIN; commit += 1) {
    const page = cluster.changes({ since: position, replica, deadlineMs: 100 }).catch(({ code }: AyesError) => code);
    if ((await page) === "watch-too-old") return;
    await cluster.put(`later/${commit % 10}`, commit);
  }
  throw new Error("changes do not leave");
}
