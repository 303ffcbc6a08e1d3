/** The same crash points where nodes are threads: they stop themselves at the point, and come back. */

import t from "tap";
import { pointCases } from "./points.js";
import { survives } from "./scenario.js";

for (const { at, victim, plan } of pointCases("2pc", "n1", "n2")) {
  t.test(`${victim} stops itself at ${at}`, async (t) => {
    await survives(t, {
      hosts: "threads",
      victims: [victim],
      commits: 20,
      strike: (cluster) => cluster.crash(victim, { ...plan, hit: 2 }),
    });
  });
}

t.test("all threads crash at once, without a point", async (t) => {
  const everybody = ["c1", "n1", "n2", "n3"];
  await survives(t, {
    hosts: "threads",
    victims: everybody,
    commits: 20,
    strike: async (cluster) => {
      await Promise.all(everybody.map((node) => cluster.crash(node)));
    },
  });
});

t.test("two coordinators and a replica crash under each other's load", async (t) => {
  await survives(t, {
    hosts: "threads",
    options: { coordinators: 2, replicas: 2 },
    victims: ["c2", "n2"],
    commits: 20,
    strike: async (cluster) => {
      await cluster.crash("n2", { at: "before-ack" });
      await cluster.crash("c2", { at: "after-decision" });
    },
  });
});
