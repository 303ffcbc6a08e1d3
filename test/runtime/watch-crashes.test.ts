/** Watching goes on over crashes, restarts and lost connections, without a gap or a copy. */

import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { linked, Wire } from "./link-session.js";
import { commits, opened, take } from "./watching.js";

t.test("nothing is missed and nothing comes twice while replicas crash, at whoever is asked", async (t) => {
  const cluster = await opened(t);
  const watches = [cluster.watch(), cluster.watch(), cluster.watch({ replica: "n2" })];
  await Promise.all(watches.map(({ started }) => started));
  const writing = Promise.all(["a", "b", "c", "d"].map((name) => commits(cluster, 25, name)));
  const crashing = (async () => {
    for (const node of ["n1", "n2", "n3"]) {
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
