/** Verify and repair of what files consist of: in a cluster that runs, and in a folder that nobody has open. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { verifyFolder } from "../../runtime/healing/verify-folder.js";
import { task } from "./damaged-cluster.js";
import {
  bytesOf,
  clusterOfFiles,
  contentPath,
  digestOf,
  flipByte,
  HARMS,
  isWhole,
  REPLICAS,
  stagedIn,
  untilWhole,
} from "./stored-files.js";

t.test("a damaged content is named by verify, and mended by repair in its place", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const [bytes, other] = [bytesOf(1), bytesOf(2)];
  await cluster.files.write("sub/a", bytes);
  await cluster.files.write("b", other);
  await cluster.files.write("c", other);
  t.match(await cluster.verify(), { whole: true, nodes: [{}, { contents: 2 }, { contents: 2 }, { contents: 2 }] });
  await t.rejects(cluster.repair("n2"), { code: "invalid" });
  const says = /missing|has \d+ bytes instead of|damaged in chunk [13] of 3/;
  for (const name of ["a byte of its last chunk flipped", "cut in the middle", "replaced by a FIFO"]) {
    HARMS[name]?.(contentPath(data, "n2", bytes));
    const { whole, nodes } = await cluster.verify();
    const damage = { code: "corrupt-data", message: new RegExp(`"sub/a".*${digestOf(bytes)}.*(${says.source})`) };
    t.match({ whole, n2: nodes[2] }, { whole: false, n2: { damages: [damage], next: /ayes repair n2/ } }, name);
    const { epoch } = nodeOf(await cluster.status(), "n2");
    t.same(await cluster.repair("n2"), { node: "n2", keys: 0, logRecords: 0, contents: 1 });
    t.equal(nodeOf(await cluster.status(), "n2").epoch, epoch, "it went on all the time");
    t.ok(isWhole(data, "n2", bytes));
  }
  t.match(await cluster.verify(), { whole: true });
  t.same(stagedIn(data), []);
});

t.test("a new store gets all contents before repair resolves", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const all = Array.from({ length: 4 }, (_, index) => bytesOf(10 + index));
  for (const [index, bytes] of all.entries()) await cluster.files.write(`f${index}`, bytes);
  await cluster.files.write("small", "inline");
  const [first, second] = all as [Buffer, Buffer];
  for (const node of REPLICAS) rmSync(contentPath(data, node, first));
  flipByte(contentPath(data, "n1", second), 5);
  const { kept = "", ...repaired } = await cluster.repair("n2", { force: true });
  t.match(repaired, { contents: 3, lost: ["f0"] });
  t.match(kept, /n2\.damaged-/);
  t.ok(existsSync(join(kept, "contents")), "the old folder is kept as it was");
  for (const bytes of all.slice(1)) t.ok(isWhole(data, "n2", bytes));
  await untilWhole(data, second);
  await cluster.files.delete("f0");
  t.match(await cluster.verify(), { whole: true });
  t.equal(await (await cluster.files.read("small", { replica: "n2" })).text(), "inline");
});

t.test("a folder that nobody has open, what nobody needs in it, and the start after that", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const bytes = bytesOf(20);
  await cluster.files.write("a", bytes);
  // A replica that is stopped before it has heard of the commit is in doubt about it until it runs again.
  await until("all replicas know the commit", async () => (await cluster.locks()).length === 0);
  await cluster.close();
  const { whole, nodes } = await verifyFolder(data, task());
  t.match({ whole, contents: nodes.map(({ contents }) => contents) }, { contents: [undefined, 1, 1, 1] });
  t.ok(nodes.every(({ orphans }) => orphans === undefined));
  const orphan = "0".repeat(64);
  writeFileSync(contentPath(data, "n1", bytes).replace(digestOf(bytes), orphan), "nobody's");
  rmSync(contentPath(data, "n2", bytes));
  flipByte(contentPath(data, "n3", bytes), 5);
  const found = await verifyFolder(data, task());
  t.match(found, { whole: false });
  t.match(found.nodes[1], { whole: true, orphans: [orphan], damages: [] });
  t.match(found.nodes[2], { whole: false, damages: [{ message: /is missing/ }], next: /ayes repair n2/ });
  t.match(found.nodes[3], { whole: false, damages: [{ message: /is damaged in chunk 1 of 3/ }] });
  const again = await clusterOfFiles(t, { data });
  await untilWhole(data, bytes, ["n1", "n2"]);
  t.notOk(existsSync(contentPath(data, "n1", bytes).replace(digestOf(bytes), orphan)), "what nobody needs is gone");
  t.match(await again.cluster.repair("n3"), { contents: 1 });
  t.match(await again.cluster.verify(), { whole: true });
});

t.test("a stranger among the contents is named and left alone", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  mkdirSync(join(data, "nodes", "n1", "contents", "notes"));
  const { whole, nodes } = await cluster.verify();
  t.match({ whole, n1: nodes[1] }, { whole: true, n1: { orphans: ["notes"] } });
  t.same(readdirSync(join(data, "nodes", "n1", "contents")), ["notes"]);
});
