/** A cluster shared with another thread: it reads by itself, falls back to asking, and says what is wrong. */

import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { PATIENCE_MS, until } from "../../cli/torture/polling.js";
import { attach, type Cluster, connect, type OpenOptions, open, type SharedCluster } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import type { Findings, SharerData } from "./sharer.js";

async function opened(t: Test, options: OpenOptions = {}): Promise<Cluster> {
  const cluster = await open({ temporary: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

function startSharer(shared: SharedCluster): { worker: Worker; progress: Int32Array<SharedArrayBuffer> } {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const workerData: SharerData = { shared, progress };
  const url = new URL("./sharer.js", import.meta.url);
  const worker = new Worker(url, { workerData, transferList: [shared.port], execArgv: [], env: {} });
  return { worker, progress };
}

t.test("a thread reads while the main thread does not answer anybody", async (t) => {
  const cluster = await opened(t);
  for (let index = 0; index < 20; index += 1) await cluster.put(`k${index}`, { index });
  const { worker, progress } = startSharer(cluster.share());
  const found = once(worker, "message");
  // It has been told whom to read when it has read once. Nobody answers from here on: this thread is stopped.
  while (Atomics.load(progress, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  const waited = Atomics.wait(progress, 1, 0, PATIENCE_MS);
  t.equal(waited, "ok", "it was done before this thread went on");
  const [{ first, last, page, absent, hidden }] = (await found) as [Findings];
  t.match(first, { key: "k0", value: { index: 0 }, read: "linearizable", waited: false });
  t.match(last, { key: "k19", value: { index: 19 } });
  t.match(first.replica, /^n[123]$/, "the replica is named");
  t.same(page, ["k1", "k10", "k11"], "pages are in order");
  t.equal(absent, undefined);
  t.equal(hidden, "invalid", "the cluster's own keys stay hidden");
});

t.test("what cannot be read directly is asked for", async (t) => {
  const cluster = await opened(t, { hosts: "processes", replicas: 2 });
  await cluster.put("a", new Uint8Array([1, 2, 3]));
  const reader = attach(cluster.share());
  t.same((await reader.get("a")).value, new Uint8Array([1, 2, 3]), "nodes are processes");
  await t.rejects(reader.get("a", { replica: "n9" }), { code: "no-such-node" }, "errors come as they are");
  await t.rejects(reader.get(""), { code: "invalid" });
  const late = reader.get("a");
  reader.close();
  await t.rejects(late, { code: "closed" }, "what is under way when it is closed");
  await t.rejects(reader.get("a"), { code: "closed" });
});

t.test("a cluster that is closed is closed for all", async (t) => {
  const cluster = await open({ temporary: true, replicas: 1 });
  await cluster.put("a", 1);
  const reader = attach(cluster.share());
  t.equal((await reader.get("a")).value, 1);
  await cluster.close();
  const isTold = () =>
    reader.get("a").then(
      () => false,
      ({ code }) => code === "closed",
    );
  await until("it is told so", isTold);
  await t.rejects(reader.get("a"), { code: "closed" });
  t.throws(() => cluster.share(), { code: "closed" });
});

t.test("only what was shared can be attached, and only an embedded cluster shared", async (t) => {
  for (const nonsense of [undefined, {}, { port: 1 }, 7]) {
    t.throws(() => attach(nonsense as unknown as SharedCluster), { code: "invalid" });
  }
  const { port1, port2 } = new MessageChannel();
  attach({ cluster: "abc", port: port1 }).close();
  port2.close();
  const cluster = await opened(t, { replicas: 1 });
  const server = await serve(cluster, { port: 0, chaos: false });
  const linked = await connect(server.url);
  t.throws(() => linked.share(), { code: "invalid" });
  await linked.close();
  await server.close();
});

t.test("a program that only awaits direct reads does not stop its own timers", async (t) => {
  const cluster = await opened(t, { replicas: 1 });
  await cluster.put("a", 0);
  let rang = false;
  setTimeout(() => {
    rang = true;
  }, 10);
  const written = cluster.put("a", 1);
  let reads = 0;
  while (!rang || (await cluster.get("a")).value !== 1) {
    await cluster.get("b");
    reads += 1;
    if (reads > 1_000_000) break;
  }
  t.ok(rang, `the timer rang after ${reads} reads`);
  t.match(await written, { outcome: "committed" });
});
