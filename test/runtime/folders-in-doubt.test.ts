/** What an attached folder has promised: before anybody decides, while nobody can say how it ended, and against outsiders. */

import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { type OpenOptions, open } from "../../runtime/client.js";
import type { FolderStatus } from "../../runtime/folders-api.js";
import type { TransactionFunction } from "../../runtime/function-api.js";
import { temporaryFolder } from "../storage/folder.js";

const text = (...path: string[]) => readFileSync(join(...path), "utf8");

async function siteIn(t: Test, options: OpenOptions = {}): Promise<{ cluster: Cluster; data: string; dir: string }> {
  const [data, dir] = [temporaryFolder(t), temporaryFolder(t)];
  for (const name of ["a", "b", "c"]) writeFileSync(join(dir, name), "old");
  const cluster = await reopen(t, data, options);
  await cluster.folders.attach("site", dir);
  return { cluster, data, dir };
}

async function reopen(t: Test, data: string, options: OpenOptions = {}): Promise<Cluster> {
  const settings = { inquireAfterMs: 50, resendAfterMs: 50 };
  const cluster = await open({ data, replicas: 2, chaos: true, settings, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

const deploy: TransactionFunction<void> = async (t) => {
  const site = t.folder("site");
  await site.write("a", "new");
  await site.write("made/d", "new");
  await site.delete("b");
  t.put("deployed", true);
};

const status = async (cluster: Cluster) => (await cluster.folders.list())[0] as FolderStatus;

t.test("it has promised, on disk, before anybody votes", async (t) => {
  const { cluster, dir } = await siteIn(t);
  let seen: object = {};
  await cluster.validate("n1", ({ operations, checks }) => {
    const staged = readdirSync(join(dir, ".ayes", "staged")).map((name) => text(dir, ".ayes", "staged", name));
    seen = { operations, checks, staged, own: readdirSync(join(dir, ".ayes")), files: readdirSync(dir).length };
    return "not this time";
  });
  t.match(await cluster.transaction(deploy), { outcome: "aborted", why: { code: "vetoed" } });
  t.match(seen, { operations: [{ op: "put", key: "deployed" }], checks: [], staged: ["new", "new"], files: 4 });
  t.ok((seen as { own: string[] }).own.includes("intent.json"));
  t.same(readdirSync(join(dir, ".ayes", "staged")), []);
  t.notOk(readdirSync(join(dir, ".ayes")).includes("intent.json"));
  t.equal(text(dir, "a"), "old");
});

for (const [at, ends] of [
  ["before-decision", "old"],
  ["after-decision", "new"],
] as const) {
  t.test(`nobody can say how it ended: the coordinator died ${at}`, async (t) => {
    const { cluster, dir } = await siteIn(t);
    await cluster.crash("c1", { at, restart: false });
    t.match(await cluster.transaction(deploy, { deadlineMs: 300 }), { outcome: "unknown" });
    t.equal(text(dir, "a"), "old", "until then it is as it was");
    t.match(await status(cluster), { state: "in-doubt", reason: /nobody can say|did not answer|undecided|down/ });
    const other = cluster.transaction((t) => t.folder("site").write("c", "other"), { deadlineMs: 300 });
    t.match(await other.catch(({ why }) => ({ outcome: "aborted", why })), { outcome: "aborted" });
    await t.rejects(cluster.folders.detach("site"), { code: "unavailable" });
    await cluster.restart("c1");
    await until("it is known", async () => (await status(cluster)).state === "ready");
    t.equal(text(dir, "a"), ends, "it is tried again by itself");
    t.equal((await cluster.get("deployed")).value, ends === "new" ? true : undefined);
    t.match(await cluster.transaction((t) => t.folder("site").write("c", "other")), { outcome: "committed" });
  });

  t.test(`opened again in doubt: the coordinator died ${at}`, async (t) => {
    const { cluster, data, dir } = await siteIn(t);
    await cluster.crash("c1", { at, restart: false });
    t.match(await cluster.transaction(deploy, { deadlineMs: 300 }), { outcome: "unknown" });
    await cluster.close();
    const again = await reopen(t, data);
    await until("it is known", async () => (await status(again)).state === "ready");
    t.equal(text(dir, "a"), ends);
    t.equal((await again.get("deployed")).value, ends === "new" ? true : undefined);
    t.same(readdirSync(join(dir, ".ayes", "staged")), []);
  });
}

t.test("what outsiders put in the way of a promise is kept for them", async (t) => {
  const { cluster, dir } = await siteIn(t);
  const elsewhere = temporaryFolder(t);
  await cluster.validate("n1", async () => {
    writeFileSync(join(dir, "a"), "theirs a");
    writeFileSync(join(dir, "b"), "theirs b");
    symlinkSync(elsewhere, join(dir, "made"));
    return true;
  });
  t.match(await cluster.transaction(deploy), { outcome: "committed" });
  t.equal(text(dir, "a"), "new", "the promise is kept");
  t.equal(text(dir, "made", "d"), "new");
  t.same(readdirSync(elsewhere), [], "and no link was followed");
  const { conflicts = [], state } = await status(cluster);
  t.equal(state, "ready");
  const found = conflicts.filter((path) => !path.endsWith("made")).map((path) => text(dir, ".ayes", "conflicts", path));
  t.same(found.sort(), ["theirs a", "theirs b"]);
  t.equal(conflicts.length, 3);
  await cluster.validate("n1", { rule: "always" });
  await t.rejects(cluster.folders.undo("site"), { code: "not-found", message: /not kept any more/ });
  await cluster.folders.detach("site");
  t.same(readdirSync(join(dir, ".ayes")), ["conflicts"], "a person looks at them, and removes them");
});

t.test("a promise that cannot be kept yet is kept later", async (t) => {
  const { cluster, data, dir } = await siteIn(t);
  await cluster.validate("n1", async () => {
    await rename(join(dir, ".ayes", "kept"), join(dir, ".ayes", "away"));
    writeFileSync(join(dir, ".ayes", "kept"), "in the way");
    return true;
  });
  t.match(await cluster.transaction(deploy), { outcome: "committed" });
  t.match(await status(cluster), { state: "in-doubt", reason: /kept/ });
  t.equal(text(dir, "a"), "old");
  await rm(join(dir, ".ayes", "kept"));
  await rename(join(dir, ".ayes", "away"), join(dir, ".ayes", "kept"));
  await until("it is kept", async () => (await status(cluster)).state === "ready");
  t.equal(text(dir, "a"), "new");
  t.equal(text(dir, "made", "d"), "new");
  await cluster.close();
  await rename(dir, `${dir}-away`);
  const without = await reopen(t, data);
  t.match(await status(without), { name: "site", state: "unavailable" }, "the cluster opens without it");
  await mkdir(dir);
  t.match(await status(without), { name: "site", state: "unavailable" }, "and takes no other one for it");
  await rm(dir, { recursive: true });
  await rename(`${dir}-away`, dir);
  t.match(await without.folders.undo("site"), { outcome: "committed" });
  t.equal(text(dir, "b"), "old");
});

t.test("a transaction that has not even begun yet when the folder asks for it", async (t) => {
  const { cluster, dir } = await siteIn(t, { hosts: "processes", replicas: 1 });
  const { nodes } = await cluster.status();
  const coordinator = nodes.find(({ role }) => role === "coordinator")?.pid as number;
  process.kill(coordinator, "SIGSTOP");
  try {
    t.match(await cluster.transaction(deploy, { deadlineMs: 300 }), { outcome: "unknown" });
    const asked = cluster.transaction((t) => t.folder("site").read("a"), { maxAttempts: 1 });
    await t.rejects(asked, { code: "unavailable", message: /in doubt/ });
  } finally {
    process.kill(coordinator, "SIGCONT");
  }
  await until("it is known", async () => (await status(cluster)).state === "ready");
  const deployed = (await cluster.get("deployed")).value === true;
  t.equal(text(dir, "a"), deployed ? "new" : "old", "folder and key agree, whoever came first");
});
