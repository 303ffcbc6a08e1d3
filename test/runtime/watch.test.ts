/** Watching: every commit once and in order, over crashes, restarts and lost connections; and what is refused. */

import t, { type Test } from "tap";
import { type Cluster, open, type Watch, type WatchEvent } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import { linked, Wire } from "./link-session.js";

async function opened(t: Test, options: OpenOptions = {}): Promise<Cluster> {
  const cluster = await open({ temporary: true, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

async function take(watch: Watch, count: number): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  while (events.length < count) {
    const { done, value } = await watch.next();
    if (done) break;
    events.push(value);
  }
  return events;
}

/** Commits so many, whatever befalls the cluster meanwhile. Only those that certainly committed count. */
async function commits(cluster: Cluster, count: number, name: string): Promise<string[]> {
  const txns: string[] = [];
  for (let tries = 0; txns.length < count; tries += 1) {
    const result = await cluster.transact([
      { op: "put", key: `${name}/${tries}`, value: tries },
      { op: "add", key: "sum", delta: 1 },
    ]);
    if (result.outcome === "committed") txns.push(result.txn);
  }
  return txns;
}

t.test("each transaction is one event with what it wrote, in order, from now on or from a position", async (t) => {
  const cluster = await opened(t);
  await cluster.put("before", 0);
  const watch = cluster.watch();
  await watch.started;
  const first = await cluster.transact([
    { op: "put", key: "a", value: { deep: [1] } },
    { op: "put", key: "b", value: new Uint8Array([1, 2]) },
  ]);
  await cluster.del("a");
  const [one, two] = await take(watch, 2);
  t.match(one, { txn: first.txn, changes: [{ key: "a", value: { deep: [1] } }, { key: "b" }] });
  t.same(one?.changes[1]?.value, new Uint8Array([1, 2]));
  t.same(two?.changes, [{ key: "a", value: undefined }]);
  t.equal(first.outcome === "committed" && first.position, one?.position, "a result says where it stands");
  t.same(await take(cluster.watch({ since: one?.position }), 1), [two], "and from there one can watch");
  t.equal((await take(cluster.watch({ since: "begin" }), 3)).length, 3);
  const { position } = await cluster.get("a");
  await cluster.put("c", 3);
  t.match(await take(cluster.watch({ since: position }), 1), [{ changes: [{ key: "c", value: 3 }] }], "or from a read");
});

t.test("a prefix leaves out all others, at every replica", async (t) => {
  const cluster = await opened(t);
  for (let key = 0; key < 30; key += 1) {
    await cluster.transact([
      { op: "put", key: `x/${key}`, value: key },
      { op: "put", key: `y/${key % 2}`, value: key },
    ]);
  }
  await cluster.put("z", 1);
  for (const replica of [undefined, "n1", "n2", "n3"]) {
    const events = await take(cluster.watch({ since: "begin", prefix: "x/", replica }), 30);
    t.same(
      events.map(({ changes }) => changes),
      Array.from({ length: 30 }, (_, key) => [{ key: `x/${key}`, value: key }]),
      `asked of ${replica ?? "any"}`,
    );
  }
});

t.test("nothing is missed and nothing comes twice while replicas crash, at whoever is asked", async (t) => {
  const cluster = await opened(t);
  const watches = [cluster.watch(), cluster.watch(), cluster.watch({ replica: "n2" })];
  await Promise.all(watches.map(({ started }) => started));
  const writing = Promise.all(["a", "b", "c", "d"].map((name) => commits(cluster, 60, name)));
  const crashing = (async () => {
    for (const node of ["n1", "n2", "n3", "n2", "n1"]) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await cluster.crash(node).catch(() => {});
    }
  })();
  const txns = (await writing).flat();
  await crashing;
  const total = Number((await cluster.get("sum")).value);
  for (const watch of watches) {
    const seen = (await take(watch, total)).map(({ txn }) => txn);
    t.equal(new Set(seen).size, total, "no copy, no gap");
    t.ok(txns.every((txn) => seen.includes(txn)));
  }
  const orders = ["n1", "n2", "n3"].map((replica) => take(cluster.watch({ since: "begin", replica }), total));
  const [first, second, third] = await Promise.all(orders);
  t.same(second, first, "the same at all replicas");
  t.same(third, first);
  const sums = first?.map(({ changes }) => changes.find(({ key }) => key === "sum")?.value);
  t.same(
    sums,
    Array.from({ length: total }, (_, index) => index + 1),
    "in the order of the commits",
  );
});

t.test("positions stay good over a restart; what is too old says what to do", async (t) => {
  const data = t.testdir();
  const settings = { retainedChanges: 20 };
  const before = await open({ data, settings });
  const [old] = await commits(before, 30, "a");
  const watch = before.watch({ since: "begin" });
  const events = await take(watch, 30);
  const [first, last] = [events[0], events.at(-1)];
  t.equal(first?.txn, old);
  await before.close();
  t.same(await watch.next(), { done: true, value: undefined }, "it ends with the cluster");
  const after = await opened(t, { temporary: false, data, settings });
  const later = await commits(after, 5, "b");
  const seen = await take(after.watch({ since: last?.position }), 5);
  t.same(
    seen.map(({ txn }) => txn),
    later,
  );
  await commits(after, 60, "c");
  const late = after.watch({ since: first?.position });
  await t.rejects(take(late, 1), { code: "watch-too-old", next: /read again/ });
  const kept = await take(after.watch({ since: "begin" }), 20);
  t.equal(kept.length, 20, "the newest are kept");
});

t.test("a consumer that sleeps takes no memory, and goes on where it was", async (t) => {
  const cluster = await opened(t);
  const slow = cluster.watch();
  await slow.started;
  await commits(cluster, 3, "a");
  const [first] = await take(slow, 1);
  await commits(cluster, 100, "b");
  const rest = await take(slow, 102);
  t.equal(new Set([first, ...rest].map((event) => event?.txn)).size, 103);
});

t.test("a watch that waits ends at once when it is told to, or the cluster is closed", async (t) => {
  const cluster = await opened(t);
  const [one, other] = [cluster.watch(), cluster.watch()];
  const waits = [one.next(), other.next()];
  await one.return();
  t.same(await waits[0], { done: true, value: undefined });
  await cluster.close();
  t.same(await waits[1], { done: true, value: undefined });
  await t.rejects(cluster.changes(), { code: "closed" });
});

t.test("what is no position of this cluster is refused", async (t) => {
  const cluster = await opened(t);
  await cluster.put("a", 1);
  await t.rejects(take(cluster.watch({ since: "0123456789abcdef.1" }), 1), {
    code: "invalid",
    message: /of cluster 0123/,
  });
  for (const since of ["", "x", "5", ".5", "x.-1", "x.1e3", "x.01"]) {
    await t.rejects(cluster.changes({ since }), { code: "invalid" }, JSON.stringify(since));
  }
  t.throws(() => cluster.watch({ since: 5 as never }), { code: "invalid" });
  t.throws(() => cluster.watch({ until: 5 } as never), { code: "invalid" });
  t.throws(() => cluster.watch({ prefix: "\ud800" }), { code: "invalid" });
  await t.rejects(cluster.changes({ limit: 0 }), { code: "invalid" });
  await t.rejects(cluster.changes({ replica: "n9" }), { code: "no-such-node" });
  const { position } = await cluster.changes();
  const empty = await cluster.changes({ since: position, deadlineMs: 20 });
  t.same(empty, { events: [], position }, "nothing in time is an answer");
});

t.test("over a connection: it goes on by itself when that is lost, and when the server starts again", async (t) => {
  const data = t.testdir();
  let cluster = await open({ data });
  let serving = await serve(cluster, { port: 0, chaos: false });
  const { port } = new URL(serving.url);
  const wire = await Wire.stretch(t, () => Number(port));
  const link = await linked(t, wire.url);
  const watch = link.watch();
  await watch.started;
  const txns = await commits(cluster, 5, "a");
  const seen = await take(watch, 3);
  wire.cut();
  txns.push(...(await commits(cluster, 5, "b")));
  seen.push(...(await take(watch, 4)));
  await serving.close();
  await cluster.close();
  cluster = await open({ data });
  serving = await serve(cluster, { port: Number(port), chaos: false });
  txns.push(...(await commits(cluster, 5, "c")));
  seen.push(...(await take(watch, 8)));
  t.same(
    seen.map(({ txn }) => txn),
    txns,
  );
  t.match(seen[0]?.changes, [
    { key: "a/0", value: 0 },
    { key: "sum", value: 1 },
  ]);
  await watch.return();
  await serving.close();
  await cluster.close();
});
