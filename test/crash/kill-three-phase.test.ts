/** Real crashes: `kill -9` of node processes under load of three-phase commit, around its pre-commits. */

import t from "tap";
import { pointCases } from "./points.js";
import { survives } from "./scenario.js";

/** The other points are struck at in threads. */
const PRECOMMITS = pointCases("3pc", "n2", "n1").filter(({ at }) => at.includes("precommit"));

for (const { at, victim, plan } of PRECOMMITS) {
  t.test(`${victim} is killed at ${at}`, async (t) => {
    await survives(t, {
      hosts: "processes",
      protocol: "3pc",
      victims: [victim],
      commits: 15,
      strike: (cluster) => cluster.crash(victim, { ...plan, hit: 3 }),
    });
  });
}

t.test("kill -9 of all nodes at once, some of them in the middle of a pre-commit", async (t) => {
  const everybody = ["c1", "n1", "n2", "n3"];
  await survives(t, {
    hosts: "processes",
    protocol: "3pc",
    victims: everybody,
    commits: 15,
    strike: async (cluster) => {
      await cluster.crash("n1", { at: "after-precommit-ack" });
      await cluster.crash("c1", { at: "partial-precommit", targets: ["n1"] });
      await Promise.all(["n2", "n3"].map((node) => cluster.crash(node)));
    },
  });
});
