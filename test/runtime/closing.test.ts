/** A cluster that is closed while clients wait: what can end does, and nobody waits for what cannot. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { historyOfFolder } from "../../runtime/past/folder-history.js";
import { holds } from "./steps.js";

const root = mkdtempSync(join(tmpdir(), "ayes-closing-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));

t.test("what was asked before is answered, and every replica has heard of it", async (t) => {
  for (const protocol of ["2pc", "3pc"] as const) {
    const data = join(root, protocol);
    const cluster = await open({ data, protocol });
    const asked = Array.from({ length: 40 }, (_, key) => cluster.put(`k${key}`, key));
    const closed = cluster.close();
    await t.rejects(async () => cluster.put("late", 1), { code: "closed" });
    const outcomes = new Set((await Promise.all(asked)).map(({ outcome }) => outcome));
    t.same([...outcomes], ["committed"], protocol);
    await closed;
    const { past } = await historyOfFolder(data);
    t.same(past.inDoubt, []);
    t.same(
      past.nodes.map(({ lacks }) => lacks ?? 0),
      [0, 0, 0, 0],
    );
  }
});

t.test("a watcher, and whoever waits for a blocked transaction, keep no cluster open", async (t) => {
  const cluster = await open({ data: join(root, "blocked"), chaos: true });
  const watcher = cluster.watch({ prefix: "a" })[Symbol.asyncIterator]();
  const next = watcher.next().catch((error: unknown) => error);
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const blocked = cluster.put("b", 1);
  await until("c1 is down", async () => (await cluster.status()).nodes.some(({ state }) => state === "held"));
  await cluster.close();
  t.match(await blocked, { outcome: "unknown" });
  t.match(await next, { done: true });
});

t.test("nor does what is held step by step", async (t) => {
  const cluster = await open({ temporary: true, chaos: true });
  await cluster.step({});
  const held = cluster.put("a", 1, { id: "t" });
  await holds(cluster, "c1: begin t");
  await cluster.close();
  t.match(await held, { outcome: "unknown" });
});
