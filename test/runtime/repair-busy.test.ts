/** Repair while transactions are in doubt, and under load. */

import { truncateSync } from "node:fs";
import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { type Blow, survives } from "../crash/scenario.js";
import { fileOf, makeTemplate, opened } from "./damaged-cluster.js";

const template = await makeTemplate(t);

for (const hosts of ["threads", "processes"] as const) {
  t.test(`a replica loses its promise while the coordinator is away, in ${hosts}`, async (t) => {
    const { data, cluster } = await opened(t, template, hosts);
    await cluster.crash("c1", { at: "after-decision", restart: false });
    const answer = cluster.put("key-001", "decided", { id: "the-one", deadlineMs: 120_000 });
    await until("all replicas promised", async () => (await cluster.locks()).length === 3);
    await until("the coordinator is away", async () => nodeOf(await cluster.status(), "c1").state === "held");
    await cluster.crash("n2", { restart: false });
    truncateSync(fileOf(data, "n2"), 0);
    t.match(await cluster.repair("n2"), { node: "n2", source: /n[13]/ });
    t.match(
      await cluster.locks(),
      [{ txn: "the-one" }, { txn: "the-one" }, { txn: "the-one" }],
      "n2 promises it again",
    );
    await t.rejects(cluster.get("key-001", { replica: "n2", deadlineMs: 200 }), { code: "blocked" });
    await cluster.restart("c1");
    t.match(await answer, { outcome: "committed" });
    for (const replica of ["n1", "n2", "n3"]) t.match(await cluster.get("key-001", { replica }), { value: "decided" });
    await until("nothing is in doubt", async () => (await cluster.status()).inDoubt.length === 0);
    t.match(await cluster.put("key-001", "after"), { outcome: "committed" });
    t.match(await cluster.verify(), { whole: true });
  });
}

const DAMAGED: Blow = {
  name: "a replica is damaged and repaired under load",
  victims: ["n2"],
  strike: async (cluster, { data }) => {
    await cluster.crash("n2", { restart: false });
    truncateSync(fileOf(data, "n2"), 0);
  },
  revive: async (cluster) => {
    await cluster.repair("n2");
  },
};

const REBUILT: Blow = {
  name: "a replica that runs is taken down and rebuilt under load",
  victims: ["n2"],
  strike: async (cluster, _, t) => {
    await t.rejects(cluster.repair("n2"), { code: "invalid", message: /up and all of it is right/ });
    await cluster.repair("n2", { force: true });
  },
};

t.test("repairs under load, in threads", async (t) => {
  await survives(t, { hosts: "threads" }, [DAMAGED, REBUILT]);
});

t.test("repairs under load, in processes", async (t) => {
  await survives(t, { hosts: "processes" }, [DAMAGED]);
});
