/** Verify: what is compared, what is excused, and a cluster that is written all the time. */

import { join } from "node:path";
import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { readShape } from "../../runtime/config.js";
import { verifyFolder } from "../../runtime/healing/verify-folder.js";
import { openLmdb } from "../../storage/lmdb.js";
import { Load } from "../crash/load.js";
import { temporaryFolder } from "../storage/folder.js";
import { copyOf, fileOf, flip, makeTemplate, QUICK, task } from "./damaged-cluster.js";

const template = await makeTemplate(t);

/** Writes at one replica behind the protocol's back. */
function diverge(data: string, node: string, key: string): void {
  const { cluster } = readShape(data, {});
  const folder = join(data, "nodes", node);
  const store = openLmdb({ folder, identity: { cluster, node }, create: false });
  Array.from(store.replay());
  store.commit({ records: [], writes: [{ key, value: '"other"', version: "nobody" }] });
  store.close();
}

t.test("a folder that is whole, with progress", async (t) => {
  const data = copyOf(t, template);
  const totals: number[] = [];
  const progress = new Proxy(task(), {
    set(target, name, value) {
      if (name === "of") totals.push(value);
      return Reflect.set(target, name, value);
    },
  });
  const { whole, nodes, differences } = await verifyFolder(data, progress);
  t.same({ whole, differences }, { whole: true, differences: [] });
  t.match(nodes, [
    { node: "c1", role: "coordinator", whole: true, keys: 0 },
    { node: "n1", role: "replica", whole: true, keys: 120 },
    { node: "n2", digest: nodes[1]?.digest },
    { node: "n3", digest: nodes[1]?.digest },
  ]);
  t.ok(Math.max(...totals) >= 360, "it knows how many rows there are");
});

t.test("replicas that differ, whose rows are all right", async (t) => {
  const data = copyOf(t, template);
  diverge(data, "n3", "key-003");
  diverge(data, "n3", "extra");
  const expected = {
    whole: false,
    nodes: [{ whole: true }, { whole: true }, { whole: true }, { node: "n3", whole: false, damages: [] }],
  };
  const inFolder = await verifyFolder(data, task());
  t.match(inFolder, expected);
  t.same(
    inFolder.differences.sort((left, right) => (String(left.key) < String(right.key) ? -1 : 1)),
    [
      { key: "extra", nodes: ["n3"] },
      { key: "key-003", nodes: ["n3"] },
    ],
  );
  const cluster = await open({ data, settings: QUICK });
  t.teardown(() => cluster.close());
  const running = await cluster.verify();
  t.match(running, expected, "the same of the running cluster");
  t.equal(running.differences.length, 2);
  await t.rejects(cluster.repair("n3"), { code: "invalid" }, "no row is damaged");
  await cluster.repair("n3", { force: true });
  t.match(await cluster.verify(), { whole: true, differences: [] });
});

t.test("several damaged rows are all named", async (t) => {
  const data = copyOf(t, template);
  for (const text of ["value-007", "value-050", "value-111"]) flip(fileOf(data, "n2"), text);
  const { nodes } = await verifyFolder(data, task());
  const said = nodes.find(({ node }) => node === "n2")?.damages.map(({ message }) => message);
  // Each value stands in the data and among the changes.
  const changes = Array(3).fill(/row \d+ of the changes is damaged/);
  t.match(said, [...changes, /key-007/, /key-050/, /key-111/]);
});

t.test("a damaged coordinator is named, with what to do", async (t) => {
  const data = copyOf(t, template);
  flip(fileOf(data, "c1"), "deletion-of-nothing");
  const { nodes } = await verifyFolder(data, task());
  t.match(nodes, [{ node: "c1", whole: false, damages: [{ code: "corrupt-log" }], next: /from a backup/ }]);
  await t.rejects(open({ data }), { code: "corrupt-log", why: { node: "c1" } }, "and it is not opened");
});

t.test("a cluster that is written all the time", async (t) => {
  const cluster = await open({ data: temporaryFolder(t) });
  t.teardown(() => cluster.close());
  const load = new Load(cluster);
  await until("the load runs", () => load.committed > 100);
  for (let round = 0; round < 2; round += 1) t.match(await cluster.verify(), { whole: true, differences: [] });
  await load.stop();
});

t.test("what is undecided at one replica is no difference", async (t) => {
  const data = copyOf(t, template);
  const cluster = await open({ data, chaos: true, settings: QUICK });
  t.teardown(() => cluster.close());
  await cluster.crash("n2", { at: "before-ack", txn: "the-one", restart: false });
  t.match(await cluster.put("key-001", "newer", { id: "the-one" }), { outcome: "committed" });
  await until("n2 is down", async () => nodeOf(await cluster.status(), "n2").state === "held");
  await until("the others have it", async () => (await cluster.locks()).length === 0);
  const running = await cluster.verify();
  t.match(running, { whole: true }, "n2 is down with its promise");
  t.match(
    running.nodes.find(({ node }) => node === "n2"),
    { inDoubt: 1 },
  );
  await cluster.close();
  t.match(await verifyFolder(data, task()), { whole: true });
});

t.test("nothing there, and a folder in use", async (t) => {
  await t.rejects(verifyFolder(temporaryFolder(t), task()), { code: "no-cluster" });
  const cluster = await open({ data: temporaryFolder(t) });
  t.teardown(() => cluster.close());
  const { data } = await cluster.status();
  await t.rejects(verifyFolder(data, task()), { code: "in-use" });
});
