/** Recordings that begin in the middle of a run, and those of an up-set. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { recorded, reportsOf, rerun, work } from "./recorded.js";

t.test("from any moment of its life on, in the middle of transactions", async (t) => {
  const { lines, record } = recorded();
  const cluster = await open({ temporary: true, chaos: true });
  t.teardown(() => cluster.close());
  await work(cluster, "before");
  await cluster.crash("c1", { at: "after-decision", restart: false });
  await cluster.put("blocked", 1, { deadlineMs: 300 });
  const running = Promise.all(
    Array.from({ length: 20 }, (_, number) => cluster.put(`k${number}`, 1, { protocol: "3pc" })),
  );
  const end = cluster.tracing.record(record);
  t.throws(() => cluster.tracing.record(record), { code: "invalid" }, "one at a time");
  await cluster.restart("c1");
  await running;
  await work(cluster, "after");
  await until("it is over", async () => (await cluster.status()).inDoubt.length === 0);
  end();
  const count = lines.length;
  await cluster.put("later", 1);
  t.equal(lines.length, count, "nothing is heard after the end");
  const reports = reportsOf(lines);
  t.equal(reports.length, 4);
  t.equal(new Set(reports.filter(({ node }) => node !== "c1").map(({ data }) => data)).size, 1);
  const more = recorded();
  const endMore = cluster.tracing.record(more.record);
  await cluster.put("more", 1);
  endMore();
  await cluster.close();
  t.ok(Array.isArray(rerun(more.lines)), "and once more");
});

t.test("an up-set only from the start, with a death and a return", async (t) => {
  const { lines, record } = recorded();
  const cluster = await open({ temporary: true, membership: "up-set", chaos: true, record });
  t.teardown(() => cluster.close());
  await work(cluster, "one", ["3pc"]);
  await cluster.crash("n1", { restart: false });
  for (let number = 0; number < 10; number += 1) await cluster.put(`without/${number}`, number);
  await cluster.restart("n1");
  await until("it has caught up", async () => (await cluster.status()).nodes.every(({ state }) => state === "up"));
  await cluster.put("with", 1);
  const replicas = ["n1", "n2", "n3"];
  const has = async (replica: string) => (await cluster.get("with", { replica, read: "committed" })).value === 1;
  await until("all know of it", async () => (await Promise.all(replicas.map(has))).every(Boolean));
  await cluster.close();
  const reports = reportsOf(lines);
  t.same(reports.map(({ node, lives }) => [node, lives]).sort(), [
    ["n1", 2],
    ["n2", 1],
    ["n3", 1],
  ]);
  t.equal(new Set(reports.map(({ data }) => data)).size, 1);
  const other = await open({ temporary: true, membership: "up-set" });
  t.teardown(() => other.close());
  t.throws(() => other.tracing.record(record), { code: "invalid" });
});
