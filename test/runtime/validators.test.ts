/** Validators on real clusters, in threads and in processes: rules that outlive nodes and programs. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, Rule } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { COMMITTED, opened, vetoed } from "./ruled-cluster.js";

for (const hosts of ["threads", "processes"] as const) {
  t.test(`${hosts}: a rule outlives its node and the program, and holds for the first vote`, async (t) => {
    const data = temporaryFolder(t);
    const cluster = await open({ data, hosts, replicas: 2, chaos: true });
    const rule: Rule = { rule: "minimum", keys: "accounts/*", least: 0 };
    t.same(await cluster.validator("n2"), { rule: "always" });
    t.same(await cluster.validate("n2", rule), rule);
    const refused = vetoed("n2", { key: "accounts/ann", detail: "minimum accounts/* 0: it would become -1" });
    const spend = (where: Cluster) => where.transact([{ op: "add", key: "accounts/ann", delta: -1 }]);
    t.match(await spend(cluster), refused);
    await cluster.crash("n2", { restart: false });
    t.same(await cluster.validator("n2"), rule, "also of a node that is down");
    const positive: Rule = { ...rule, least: 1 };
    t.same(await cluster.validate("n2", positive), positive, "and it may be set meanwhile");
    await cluster.restart("n2");
    t.match(await cluster.put("accounts/1", 0), vetoed("n2"), "after a restart of the node");
    t.match((await cluster.status()).nodes, [{ id: "c1" }, { id: "n1" }, { id: "n2", validator: positive }]);
    await cluster.close();
    const again = await opened(t, { data, hosts });
    t.match(await again.put("accounts/2", 0), vetoed("n2"), "after a restart of the cluster");
    t.same(await again.validator("n2"), positive);
    await again.validate("n2", { rule: "always" });
    t.match(await again.put("accounts/3", -1), COMMITTED);
    t.notOk((await again.status()).nodes.some(({ validator }) => validator));
    await until("no key is locked", async () => (await again.locks()).length === 0);
  });
}

t.test("a veto for once: as a rule it waits over restarts, as a fault it does not", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data, replicas: 2, chaos: true });
  await cluster.validate("n1", { rule: "must-exist", keys: "old/*" });
  await cluster.validate("n1", { rule: "no-next" });
  await cluster.close();
  const again = await open({ data, chaos: true });
  await again.crash("n1");
  await again.restart("n1");
  t.match(await again.put("k1", 1), vetoed("n1", { detail: "no-next" }));
  t.match(await again.put("k2", 1), COMMITTED);
  await until("the cluster knows too", () => !/no-next/.test(readFileSync(join(data, "validators.json"), "utf8")));
  await again.crash("n1");
  await again.restart("n1");
  t.match(await again.put("k3", 2), COMMITTED, "it is over, also after a restart");
  t.match(await again.put("old/a", 1), vetoed("n1", { key: "old/a" }), "and what ruled before rules again");
  await again.crash("n2", { at: "vote-no" });
  t.match(await again.put("k4", 3), vetoed("n2", { detail: "no-next" }));
  t.match(await again.put("k5", 3), COMMITTED);
  await again.crash("n2", { at: "vote-no" });
  await again.crash("n2");
  await again.restart("n2");
  t.match(await again.put("k6", 4), COMMITTED);
  await again.close();
});
