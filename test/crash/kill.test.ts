/** Real crashes: `kill -9` of node processes under load, at every named point of two-phase commit. */

import t from "tap";
import { pointCases } from "./points.js";
import { survives } from "./scenario.js";

for (const { at, victim, plan } of pointCases("2pc", "n2", "n1")) {
  t.test(`${victim} is killed at ${at}`, async (t) => {
    await survives(t, {
      hosts: "processes",
      victims: [victim],
      strike: (cluster) => cluster.crash(victim, { ...plan, hit: 5 }),
    });
  });
}

t.test("the coordinator is killed when nobody, and when all but one, was told its decision", async (t) => {
  for (const targets of [[], ["n1", "n3"]]) {
    await survives(t, {
      hosts: "processes",
      victims: ["c1"],
      commits: 30,
      strike: (cluster) => cluster.crash("c1", { at: "partial-decision", targets }),
    });
  }
});
