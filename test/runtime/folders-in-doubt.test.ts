/** An attached folder has promised, and nobody can say how that ended, until somebody can. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { deploy, reopen, siteIn, status, text } from "./deployed-folder.js";

/** Long enough for the function itself on a busy machine. */
const LONG_MS = 2500;

for (const [at, ends] of [
  ["before-decision", "old"],
  ["after-decision", "new"],
] as const) {
  t.test(`nobody can say how it ended: the coordinator died ${at}`, async (t) => {
    const { cluster, dir } = await siteIn(t);
    await cluster.crash("c1", { at, restart: false });
    t.match(await cluster.transaction(deploy, { deadlineMs: LONG_MS }), { outcome: "unknown" });
    t.equal(text(dir, "a"), "old", "until then it is as it was");
    t.match(await status(cluster), { state: "in-doubt", reason: /nobody can say|did not answer|undecided|down/ });
    const other = cluster.transaction((t) => t.folder("site").write("c", "other"), { deadlineMs: LONG_MS });
    t.match(await other, { outcome: "aborted", why: { code: /unavailable|abandoned/ } });
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
    const lost = cluster.transaction(deploy, { deadlineMs: LONG_MS });
    await until("it has died", async () => (await cluster.status()).nodes.some(({ state }) => state === "held"));
    await cluster.close();
    t.match(await lost, { outcome: "unknown" });
    const again = await reopen(t, data);
    await until("it is known", async () => (await status(again)).state === "ready");
    t.equal(text(dir, "a"), ends);
    t.equal((await again.get("deployed")).value, ends === "new" ? true : undefined);
    t.same(readdirSync(join(dir, ".ayes", "staged")), []);
  });
}
