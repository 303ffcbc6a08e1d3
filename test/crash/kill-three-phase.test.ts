/** Real crashes: `kill -9` of node processes under load of three-phase commit, around its pre-commits. */

import t from "tap";
import { pointBlows } from "./points.js";
import { type Blow, survives } from "./scenario.js";

/** The other points are struck at in threads. */
const PRECOMMITS = pointBlows("3pc", "n2", "n1", (at) => at.includes("precommit"));

const EVERYBODY: Blow = {
  name: "all die at once, some of them in the middle of a pre-commit",
  victims: ["c1", "n1", "n2", "n3"],
  strike: async (cluster) => {
    await cluster.crash("n1", { at: "after-precommit-ack" });
    await cluster.crash("c1", { at: "partial-precommit", targets: ["n1"] });
    await Promise.all(["n2", "n3"].map((node) => cluster.crash(node)));
  },
};

t.test("kill -9 at each point, one after the other", async (t) => {
  await survives(t, { hosts: "processes", protocol: "3pc" }, [...PRECOMMITS, EVERYBODY]);
});
