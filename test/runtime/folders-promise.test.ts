/** What an attached folder has promised: before anybody decides, and against outsiders and those who come late. */

import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { temporaryFolder } from "../storage/folder.js";
import { deploy, reopen, siteIn, status, text } from "./deployed-folder.js";

/** On a busy machine, too, it is not run again. */
const PATIENT = { deadlineMs: 60_000, maxAttempts: 1 };

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

t.test("what outsiders put in the way of a promise is kept for them", async (t) => {
  const { cluster, dir } = await siteIn(t);
  const elsewhere = temporaryFolder(t);
  await cluster.validate("n1", async () => {
    writeFileSync(join(dir, "a"), "theirs a");
    writeFileSync(join(dir, "b"), "theirs b");
    symlinkSync(elsewhere, join(dir, "made"));
    return true;
  });
  t.match(await cluster.transaction(deploy, PATIENT), { outcome: "committed" });
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
  t.match(await cluster.transaction(deploy, PATIENT), { outcome: "committed" });
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

/** Long enough for the function itself on a busy machine. */
const LONG_MS = 2500;

t.test("a transaction that has not even begun yet when the folder asks for it", async (t) => {
  const { cluster, dir } = await siteIn(t, { hosts: "processes", replicas: 1 });
  const { nodes } = await cluster.status();
  const coordinator = nodes.find(({ role }) => role === "coordinator")?.pid as number;
  process.kill(coordinator, "SIGSTOP");
  try {
    t.match(await cluster.transaction(deploy, { deadlineMs: LONG_MS }), { outcome: "unknown" });
    const asked = cluster.transaction((t) => t.folder("site").read("a"), { maxAttempts: 1 });
    t.match(await asked, { outcome: "aborted", why: { code: "unavailable", detail: /in doubt/ } });
  } finally {
    process.kill(coordinator, "SIGCONT");
  }
  await until("it is known", async () => (await status(cluster)).state === "ready");
  const deployed = (await cluster.get("deployed")).value === true;
  t.equal(text(dir, "a"), deployed ? "new" : "old", "folder and key agree, whoever came first");
});
