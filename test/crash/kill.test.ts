/** Real crashes: `kill -9` of node processes under load, at every named point. */

import t from "tap";
import { CRASH_POINTS, type CrashPlan, type CrashPoint } from "../../runtime/faults.js";
import { survives } from "./scenario.js";

/** Those of any turn are the matter of the matrix. */
const POINTS = (Object.keys(CRASH_POINTS) as CrashPoint[]).filter((point) => CRASH_POINTS[point].on !== "turn");

for (const at of POINTS) {
  const victim = CRASH_POINTS[at].on === "decision" ? "c1" : "n2";
  t.test(`${victim} is killed at ${at}`, async (t) => {
    const targets: Partial<CrashPlan> = at === "partial-decision" ? { targets: ["n1"] } : {};
    await survives(t, {
      hosts: "processes",
      victims: [victim],
      strike: (cluster) => cluster.crash(victim, { at, hit: 5, ...targets }),
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
