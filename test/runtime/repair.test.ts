/** Repair: from whom, when not, and after a repair that was cut short. */

import { cpSync, existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { copyOf, fileOf, flip, makeTemplate, opened, QUICK, wrongAt } from "./damaged-cluster.js";

const template = await makeTemplate(t);

t.test("a damaged value stops the node that reads it, for good", async (t) => {
  const { data, cluster } = await opened(t, template);
  flip(fileOf(data, "n2"), "value-007");
  await t.rejects(cluster.get("key-007", { replica: "n2" }), { name: "AyesError" });
  await until("it gave up", async () => nodeOf(await cluster.status(), "n2").state === "gave-up");
  t.match(nodeOf(await cluster.status(), "n2"), { restarts: 0, reason: /damaged/, next: /ayes repair n2/ });
  t.match(await cluster.get("key-007"), { value: /^value-007/ });
  await cluster.repair("n2");
  t.same(await wrongAt(cluster, "n2"), []);
});

t.test("a node that runs with a damaged row needs no force, and is no source", async (t) => {
  const { data, cluster } = await opened(t, template);
  flip(fileOf(data, "n1"), "value-007");
  await cluster.crash("n2", { restart: false });
  truncateSync(fileOf(data, "n2"), 0);
  t.match(await cluster.repair("n2"), { source: "n3" }, "the first replica is damaged itself");
  t.match(await cluster.repair("n1"), { source: "n2" });
  t.match(await cluster.verify(), { whole: true });
});

t.test("what cannot be repaired says why, and stays as it was", async (t) => {
  const { data, cluster } = await opened(t, template);
  await t.rejects(cluster.repair("c1"), { code: "invalid", message: /restore the folder of c1 from a backup/ });
  await t.rejects(cluster.repair("n9"), { code: "no-such-node", message: /there are c1, n1, n2, n3/ });
  for (const node of ["n1", "n2", "n3"]) await cluster.crash(node, { restart: false });
  await t.rejects(cluster.repair("n2"), { code: "unavailable", message: /no other replica is up/ });
  await cluster.restart("n1");
  flip(fileOf(data, "n1"), "value-007");
  // The value stands in the data, and among the changes.
  await t.rejects(cluster.repair("n2"), { code: /^corrupt-/, message: /copying n1.*damaged/, why: { node: "n1" } });
  t.match(nodeOf(await cluster.status(), "n2"), { state: "held" });
  await cluster.restart("n2");
  t.same(await wrongAt(cluster, "n2"), [], "its own store was not touched");
});

t.test("nobody else starts a node that is being repaired", async (t) => {
  const { cluster } = await opened(t, template);
  const repair = cluster.repair("n2", { force: true });
  await t.rejects(cluster.repair("n2", { force: true }), { code: "unavailable", message: /being repaired already/ });
  await t.rejects(cluster.restart("n2"), { code: "unavailable", message: /n2 is being repaired/ });
  await repair;
  t.same(await wrongAt(cluster, "n2"), []);
});

t.test("a repair that was cut short leaves the old store or none, and can be done again", async (t) => {
  const data = copyOf(t, template);
  const folder = join(data, "nodes", "n2");
  // Died while it copied: half a draft, and the damaged store.
  mkdirSync(join(`${folder}.draft`, "lmdb"), { recursive: true });
  writeFileSync(join(`${folder}.draft`, "lmdb", "data.mdb"), "half");
  truncateSync(fileOf(data, "n2"), 0);
  const cluster = await open({ data, settings: QUICK });
  t.match(nodeOf(await cluster.status(), "n2"), { state: "gave-up" });
  await cluster.repair("n2");
  t.same(await wrongAt(cluster, "n2"), []);
  t.notOk(existsSync(`${folder}.draft`));
  await cluster.close();
  // Died between the two renames: the old one is aside, the new one not yet in its place.
  cpSync(folder, `${folder}.draft`, { recursive: true });
  rmSync(folder, { recursive: true });
  const again = await open({ data, settings: QUICK });
  t.teardown(() => again.close());
  t.match(nodeOf(await again.status(), "n2"), { state: "gave-up" });
  await again.repair("n2");
  t.same(await wrongAt(again, "n2"), []);
});

t.test("the old folder is refused when it is put back", async (t) => {
  const { data, cluster } = await opened(t, template);
  const { kept = "" } = await cluster.repair("n2", { force: true });
  await cluster.put("key-001", "newer");
  await cluster.close();
  const folder = join(data, "nodes", "n2");
  rmSync(folder, { recursive: true });
  cpSync(kept, folder, { recursive: true });
  const again = await open({ data });
  t.teardown(() => again.close());
  t.match(nodeOf(await again.status(), "n2"), { state: "gave-up", reason: /an older copy/ });
});
