/** Real crashes: `kill -9` of node processes under load, at every named point of two-phase commit. */

import t from "tap";
import type { Cluster } from "../../runtime/api.js";
import { pointBlows } from "./points.js";
import { survives } from "./scenario.js";

/** Whom its decision reaches when the coordinator dies: nobody, or all but one. */
const TOLD = [[], ["n1", "n3"]].map((targets) => ({
  name: `c1 dies when its decision was told to [${targets}]`,
  victims: ["c1"],
  strike: (cluster: Cluster) => cluster.crash("c1", { at: "partial-decision", targets }),
}));

t.test("kill -9 at each point, one after the other", async (t) => {
  await survives(t, { hosts: "processes" }, [...pointBlows("2pc", "n2", "n1"), ...TOLD]);
});
