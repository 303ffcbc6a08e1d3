/** Threads that read without asking see what is acknowledged, and several keys as they were together, whoever crashes. */

import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import { type Cluster, type OpenOptions, open, type SharedCluster } from "../../runtime/client.js";
import {
  COUNTERS,
  copiesOf,
  type Knowledge,
  LEAST_READS,
  type ReaderData,
  type ReaderReport,
  readOn,
} from "./direct-reader.js";

const READERS = 2;
const CRASHES = 4;
const CRASH_EVERY_MS = 800;

async function opened(t: Test, options: OpenOptions): Promise<Cluster> {
  const cluster = await open({ temporary: true, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

function newKnowledge(): Knowledge {
  const numbers = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));
  return { stop: numbers(1), acknowledged: numbers(COUNTERS), seen: numbers(COUNTERS) };
}

/** Raises both copies of one counter, again and again. */
async function write(cluster: Cluster, counter: number, { stop, acknowledged }: Knowledge): Promise<void> {
  const operations = copiesOf(counter).map((key) => ({ op: "add", key, delta: 1 }) as const);
  while (Atomics.load(stop, 0) === 0) {
    const { outcome } = await cluster.transact(operations);
    if (outcome === "committed") Atomics.add(acknowledged, counter, 1);
    // A key that is written all the time is never free.
    await sleep(Math.random() * 15);
  }
}

async function crash(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const points = [undefined, "before-vote", "after-vote", "before-ack"] as const;
  for (let crashes = 0; crashes < CRASHES; crashes += 1) {
    await sleep(CRASH_EVERY_MS);
    const node = nodes[crashes % nodes.length] ?? "";
    const at = points[crashes % points.length];
    await cluster.crash(node, at ? { at } : {}).catch(() => undefined);
  }
  await sleep(CRASH_EVERY_MS);
}

function startReader(shared: SharedCluster, knowledge: Knowledge): Promise<ReaderReport> {
  const workerData: ReaderData = { shared, knowledge };
  const url = new URL("./direct-reader.js", import.meta.url);
  const worker = new Worker(url, { workerData, transferList: [shared.port], execArgv: [], env: {} });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

const CLUSTERS: readonly OpenOptions[] = [{}, { membership: "up-set" }];
for (const options of CLUSTERS) {
  t.test(`${options.membership ?? "all"}: readers of several threads, writers and crashes`, async (t) => {
    const cluster = await opened(t, options);
    const knowledge = newKnowledge();
    const readers = Array.from({ length: READERS }, () => startReader(cluster.share(), knowledge));
    const own = readOn(cluster, knowledge);
    const writers = Array.from({ length: COUNTERS }, (_, counter) => write(cluster, counter, knowledge));
    await crash(cluster, ["n1", "n2", "n3"]);
    const isWritten = () => knowledge.acknowledged.every((count) => count > 0);
    await until("every counter was raised", isWritten);
    Atomics.store(knowledge.stop, 0, 1);
    const reports = await Promise.all([own, ...readers]);
    await Promise.all(writers);
    for (const { reads, failed, wrong } of reports) {
      t.same(wrong.slice(0, 5), [], `nothing wrong in ${reads} reads (${JSON.stringify(failed)})`);
      t.ok(reads >= LEAST_READS, "and there were reads");
    }
    t.ok(
      knowledge.acknowledged.every((count) => count > 0),
      `writes: ${knowledge.acknowledged}`,
    );
  });
}
