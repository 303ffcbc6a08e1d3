/** The crash points of three-phase commit where nodes are threads, and a replica that leads. */

import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { pointBlows } from "./points.js";
import { type Blow, survives } from "./scenario.js";

const LEADER: Blow = {
  name: "the coordinator stays away, and the replica that leads instead stops itself when some are pre-committed",
  victims: ["c1", "n1"],
  strike: async (cluster) => {
    await cluster.crash("n1", { at: "partial-precommit", targets: ["n3"] });
    await cluster.crash("c1", { restart: false });
  },
  revive: async (cluster, load) => {
    const n1 = async () => nodeOf(await cluster.status(), "n1").restarts;
    const before = await n1();
    await until("n1 has led and died", async () => (await n1()) > before);
    const committed = load.committed;
    await until("the others go on without their coordinator", () => load.committed > committed + 5);
    await cluster.restart("c1");
  },
};

t.test("threads crash at each point, one after the other", async (t) => {
  await survives(t, { hosts: "threads", protocol: "3pc" }, [...pointBlows("3pc", "n1", "n2"), LEADER]);
});
