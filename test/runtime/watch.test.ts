/** Watching: every commit once and in order, from now on or from a position; and what is refused. */

import t from "tap";
import { commits, opened, take } from "./watching.js";

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
