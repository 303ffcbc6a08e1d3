/** The crash points of three-phase commit where nodes are threads, and a replica that leads. */

import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { pointCases } from "./points.js";
import { survives } from "./scenario.js";

for (const { at, victim, plan } of pointCases("3pc", "n1", "n2")) {
  t.test(`${victim} stops itself at ${at}`, async (t) => {
    await survives(t, {
      hosts: "threads",
      protocol: "3pc",
      victims: [victim],
      commits: 10,
      strike: (cluster) => cluster.crash(victim, { ...plan, hit: 2 }),
    });
  });
}

t.test(
  "the coordinator stays away, and the replica that leads instead stops itself when some are pre-committed",
  async (t) => {
    await survives(t, {
      hosts: "threads",
      protocol: "3pc",
      victims: ["c1", "n1"],
      commits: 10,
      strike: async (cluster) => {
        await cluster.crash("n1", { at: "partial-precommit", targets: ["n3"] });
        await cluster.crash("c1", { restart: false });
      },
      revive: async (cluster, load) => {
        const n1 = async () => nodeOf(await cluster.status(), "n1").restarts;
        await until("n1 has led and died", async () => (await n1()) > 0);
        const before = load.committed;
        await until("the others go on without their coordinator", () => load.committed > before + 5);
        await cluster.restart("c1");
      },
    });
  },
);
