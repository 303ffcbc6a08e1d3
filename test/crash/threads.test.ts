/** The same crash points where nodes are threads: they stop themselves at the point, and come back. */

import t from "tap";
import { pointBlows } from "./points.js";
import { type Blow, survives } from "./scenario.js";

const EVERYBODY = ["c1", "n1", "n2", "n3"];

const AT_ONCE: Blow = {
  name: "all crash at once, without a point",
  victims: EVERYBODY,
  strike: async (cluster) => {
    await Promise.all(EVERYBODY.map((node) => cluster.crash(node)));
  },
};

t.test("threads crash at each point, one after the other", async (t) => {
  await survives(t, { hosts: "threads" }, [...pointBlows("2pc", "n1", "n2"), AT_ONCE]);
});

t.test("two coordinators and a replica under each other's load", async (t) => {
  const both: Blow = {
    name: "one of each crashes",
    victims: ["c2", "n2"],
    strike: async (cluster) => {
      await cluster.crash("n2", { at: "before-ack" });
      await cluster.crash("c2", { at: "after-decision" });
    },
  };
  await survives(t, { hosts: "threads", coordinators: 2, replicas: 2 }, [both]);
});
