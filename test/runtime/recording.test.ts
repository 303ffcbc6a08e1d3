/** A recorded run can be run again: every turn of every node comes to the same, through crashes. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { entryIn } from "../../runtime/recording/entry.js";
import { Rerun } from "../../runtime/recording/rerun.js";
import { recorded, reportsOf, rerun, work } from "./recorded.js";

async function dataOf(cluster: Cluster): Promise<number> {
  const { nodes } = await cluster.status();
  return nodes.find(({ id }) => id === "n1")?.details?.keys ?? -1;
}

t.test("from the start, through crashes at points and at any moment", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ayes-recording-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { lines, record } = recorded();
  const cluster = await open({ data: folder, hosts: "processes", chaos: true, record });
  t.teardown(() => cluster.close());
  await work(cluster, "one");
  for (const at of ["after-decision", "before-commit"] as const) {
    await cluster.crash("c1", { at });
    await cluster.put("hurt", at, { deadlineMs: 500 });
    await until("it is back", async () => (await cluster.status()).nodes.every(({ state }) => state === "up"));
  }
  const load = Promise.all(Array.from({ length: 50 }, (_, number) => cluster.put(`under/${number}`, number)));
  await cluster.crash("n2");
  await load;
  await until("all is quiet", async () => {
    const { nodes, inDoubt } = await cluster.status();
    return inDoubt.length === 0 && nodes.every(({ state }) => state === "up");
  });
  const keys = await dataOf(cluster);
  await cluster.close();
  const reports = reportsOf(lines);
  t.same(
    reports.map(({ node, lives }) => [node, lives]).sort(),
    [
      ["c1", 3],
      ["n1", 1],
      ["n2", 2],
      ["n3", 1],
    ],
    "every life",
  );
  const replicas = reports.filter(({ node }) => node !== "c1");
  t.equal(new Set(replicas.map(({ data }) => data)).size, 1, "replicas have the same data");
  t.equal(replicas[0]?.keys, keys);
  t.ok(reports.every(({ inDoubt, turns }) => inDoubt.length === 0 && turns > 20));

  const again = recorded();
  const reopened = await open({ data: folder, record: again.record });
  t.teardown(() => reopened.close());
  await work(reopened, "two");
  await reopened.close();
  t.equal(reportsOf(again.lines).length, 4, "from what was there");

  t.match(rerun(lines.slice(0, lines.length / 2)), [{ node: "c1" }], "a part of it is good as far as it goes");
  const turns = lines.filter((line) => line.includes('{"record":{"kind":"prepared"'));
  const altered = (turn: string, change: (text: string) => string) =>
    rerun(lines.map((line) => (line === turn ? change(line) : line)));
  const [promise = ""] = turns;
  t.match(
    altered(promise, (text) => text.replace(/"room":\d+/, '"room":0')),
    { what: /^records\[0\] was .* is nothing/ },
  );
  t.match(
    altered(promise, (text) => text.replace('"kind":"prepared"', '"kind":"other"')),
    { what: /^records\[0\] was/ },
  );
  t.match(rerun(lines.filter((line) => line !== promise)), { what: /is not in the recording/ });
  t.throws(() => new Rerun(undefined), /begin/);
  t.throws(() => new Rerun({ ...(entryIn(lines[0] ?? "") as object), format: 2 } as never), /format 2/);
});
