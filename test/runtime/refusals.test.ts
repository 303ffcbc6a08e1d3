/**
 * A data folder that is not what it was, or not free: it is refused as a whole, or without the replica that is damaged,
 * and says which node and what to do.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { open } from "../../runtime/client.js";
import { AyesError, type ErrorCode } from "../../runtime/errors.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import { sealText } from "../../storage/codec.js";
import { openLmdb } from "../../storage/lmdb.js";
import { temporaryFolder } from "../storage/folder.js";
import { inverted } from "../storage/snapshot.js";
import { copyOf } from "./damaged-cluster.js";

const CLIENT = new URL("../../runtime/client.js", import.meta.url).href;

/** The folder of a closed cluster with some data, of which each test has a copy. */
const template = temporaryFolder(t);
const first = await open({ data: template });
for (let key = 0; key < 5; key += 1) await first.put(`k${key}`, "MARKER-OF-THE-VALUE");
await first.close();

function closedCluster(t: Test): string {
  return copyOf(t, template);
}

async function refused(t: Test, options: OpenOptions, code: ErrorCode, message: RegExp, node?: string): Promise<void> {
  const error = await open(options).then(
    async (cluster) => cluster.close(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AyesError)) return void t.fail(`${code} is not refused: ${String(error)}`);
  t.match({ code: error.code, message: error.message }, { code, message }, error.message);
  if (node !== undefined) t.equal(error.why.node, node, `it names ${node}`);
  t.ok(error.next.length > 0, error.next);
}

/** The cluster opens without these replicas, which say why; the others answer, nothing is written. */
async function opensWithout(t: Test, options: OpenOptions, away: readonly string[], reason: RegExp): Promise<void> {
  const cluster = await open(options);
  const status = await cluster.status();
  for (const node of away) {
    t.match(nodeOf(status, node), { state: "gave-up", reason, next: new RegExp(`ayes repair ${node}`) });
    await t.rejects(cluster.get("k1", { replica: node }), { code: "unavailable" });
  }
  t.match(await cluster.get("k1"), { value: "MARKER-OF-THE-VALUE" });
  t.match(await cluster.put("k1", 1), { outcome: "aborted", why: { code: "unavailable" } });
  await cluster.close();
}

// Damaged files of every kind meet both kinds of nodes in damaged-files.test.ts.
t.test("a node's folder that is gone, in processes", async (t) => {
  const data = closedCluster(t);
  renameSync(join(data, "nodes", "n2"), join(data, "aside"));
  await opensWithout(t, { data, hosts: "processes" }, ["n2"], /n2.*put its folder back/);
  renameSync(join(data, "aside"), join(data, "nodes", "n2"));
  await serves(t, data);
});

t.test("two nodes' folders that changed places, in threads", async (t) => {
  const data = closedCluster(t);
  swap(join(data, "nodes", "n1"), join(data, "nodes", "n3"), join(data, "aside"));
  await opensWithout(t, { data }, ["n1", "n3"], /belongs to node n[13] .*put the right folder back/);
  swap(join(data, "nodes", "n1"), join(data, "nodes", "n3"), join(data, "aside"));
  await serves(t, data);
});

t.test("two nodes' environments that changed places", async (t) => {
  const data = closedCluster(t);
  swap(join(data, "nodes", "c1", "lmdb"), join(data, "nodes", "n1", "lmdb"), join(data, "aside"));
  await refused(t, { data }, "foreign-store", /holds the data of node (c1|n1)|cut|older/);
});

t.test("an emptied store of one node, and the coordinator's too", async (t) => {
  const data = closedCluster(t);
  truncateSync(join(data, "nodes", "n1", "lmdb", "data.mdb"), 0);
  await opensWithout(t, { data }, ["n1"], /put its data back/);
  truncateSync(join(data, "nodes", "c1", "lmdb", "data.mdb"), 0);
  await refused(t, { data }, "empty-store", /put its data back/, "c1");
});

t.test("no replica is left", async (t) => {
  const data = closedCluster(t);
  for (const node of ["n1", "n2", "n3"]) truncateSync(join(data, "nodes", node, "lmdb", "data.mdb"), 0);
  await refused(t, { data }, "empty-store", /put its data back/);
});

t.test("a store of another version", async (t) => {
  const data = closedCluster(t);
  const { cluster } = JSON.parse(readFileSync(join(data, "cluster.json"), "utf8")) as { cluster: string };
  writeFileSync(join(data, "nodes", "n1", "node.json"), sealText(JSON.stringify({ format: 99, cluster, node: "n1" })));
  await refused(t, { data }, "other-version", /format 99/, "n1");
});

t.test("a damaged value stops the replica that holds it; the others answer", async (t) => {
  const data = closedCluster(t);
  const { cluster: name } = JSON.parse(readFileSync(join(data, "cluster.json"), "utf8")) as { cluster: string };
  const folder = join(data, "nodes", "n1");
  const store = openLmdb({ folder, identity: { cluster: name, node: "n1" }, create: false });
  Array.from(store.replay());
  store.commit({ records: [], writes: [{ key: "k1", value: '"MARKER-OF-THE-DAMAGE"', version: "t1" }] });
  store.close();
  const file = join(folder, "lmdb", "data.mdb");
  const bytes = readFileSync(file);
  t.ok(inverted(bytes, "MARKER-OF-THE-DAMAGE") > 0);
  writeFileSync(file, bytes);
  const cluster = await open({ data });
  t.teardown(() => cluster.close());
  const read = cluster.get("k1", { replica: "n1", deadlineMs: 300 });
  await t.rejects(read, { name: "AyesError" }, "never a wrong value");
  t.match(await cluster.get("k1", { replica: "n2" }), { value: "MARKER-OF-THE-VALUE" });
});

t.test("a folder that an open cluster has", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data });
  t.teardown(() => cluster.close());
  await refused(t, { data }, "in-use", new RegExp(`in use by process ${process.pid}`));
  t.match(await cluster.put("a", 1), { outcome: "committed" }, "the first one goes on");
  await cluster.close();
  await serves(t, data);
});

t.test("a folder that a cluster of another process has", async (t) => {
  const data = temporaryFolder(t);
  const program = `const { open } = await import(${JSON.stringify(CLIENT)});
    await open({ data: ${JSON.stringify(data)} }); console.log("open");`;
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  await refused(t, { data }, "in-use", new RegExp(`in use by process ${child.pid}`));
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  await serves(t, data);
});

t.test("a folder that cannot be written", async (t) => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "");
  await refused(t, { data: file }, "not-writable", /file/);
  await refused(t, { data: join(file, "below") }, "not-writable", /below/);
});

t.test("a folder with a cluster of another shape", async (t) => {
  const data = closedCluster(t);
  await refused(t, { data, replicas: 5 }, "wrong-cluster", /3 replicas, not 5/);
  await refused(t, { data, coordinators: 2 }, "wrong-cluster", /1 coordinators?, not 2/);
  await refused(t, { data, replicas: 0 }, "invalid", /replicas must be a whole number from 1 to 9/);
  await serves(t, data);
});

t.test("a damaged or newer description of the cluster", async (t) => {
  const data = closedCluster(t);
  const path = join(data, "cluster.json");
  const text = readFileSync(path, "utf8");
  for (const damaged of ["", "{", "null", "[]", "{}", '{"format":1}', text.slice(0, -20)]) {
    writeFileSync(path, damaged);
    await refused(t, { data }, "damaged-store", /cluster.json is damaged; restore it/);
  }
  writeFileSync(path, text.replace('"format": 1', '"format": 2'));
  await refused(t, { data }, "other-version", /format 2/);
  rmSync(path);
  await refused(t, { data }, "damaged-store", /cluster.json is missing, but there are nodes beside it; put it back/);
  writeFileSync(path, text);
  await serves(t, data);
});

async function serves(t: Test, data: string): Promise<void> {
  const cluster = await open({ data });
  t.match(await cluster.put("after", 1), { outcome: "committed" }, "it opens when all is right again");
  await cluster.close();
}

function swap(left: string, right: string, aside: string): void {
  renameSync(left, aside);
  renameSync(right, left);
  renameSync(aside, right);
}

t.test("an older copy of a node's whole folder is refused", async (t) => {
  const data = temporaryFolder(t);
  const folder = join(data, "nodes", "n1");
  const copy = temporaryFolder(t);
  await (await open({ data })).close();
  cpSync(folder, copy, { recursive: true });
  const cluster = await open({ data });
  await cluster.put("k1", "MARKER-OF-THE-VALUE");
  await cluster.close();
  rmSync(folder, { recursive: true });
  cpSync(copy, folder, { recursive: true });
  await opensWithout(t, { data }, ["n1"], /an older copy/);
});

t.test("a crash point that a node's role never reaches is refused", async (t) => {
  const cluster = await open({ temporary: true, replicas: 1, chaos: true });
  t.teardown(() => cluster.close());
  await t.rejects(cluster.crash("c1", { at: "before-vote" }), {
    code: "invalid",
    message: /it comes to .*before-decision/,
  });
  await t.rejects(cluster.crash("c1", { at: "after-ack" }), { code: "invalid" });
  await t.rejects(cluster.crash("n9", { at: "after-vote" }), { code: "no-such-node" });
  await t.rejects(cluster.crash("c1", { at: "partial-precommit", targets: ["n1", "n9"] }), { code: "no-such-node" });
  await t.rejects(cluster.crash("n1", { at: "after-precommit-ack", targets: ["c1"] }), { message: /targets go with/ });
  t.match(await cluster.put("a", 1), { outcome: "committed" });
});
