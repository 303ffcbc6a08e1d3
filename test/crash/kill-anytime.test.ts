/** Real crashes at no point in particular: `kill -9` again and again, of everybody at once, and of one that stays down. */

import t from "tap";
import { killHard, nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { survives } from "./scenario.js";

for (const victim of ["c1", "n1"]) {
  t.test(`kill -9 of ${victim}, again and again`, async (t) => {
    await survives(t, {
      hosts: "processes",
      victims: [victim],
      strike: async (cluster) => {
        for (let kill = 0; kill < 3; kill += 1) {
          const before = await cluster.status();
          killHard(before, victim);
          await until(`${victim} is back`, async () => {
            const { state, pid } = nodeOf(await cluster.status(), victim);
            return state === "up" && pid !== nodeOf(before, victim).pid;
          });
        }
      },
    });
  });
}

t.test("kill -9 of all nodes at once", async (t) => {
  const everybody = ["c1", "n1", "n2", "n3"];
  await survives(t, {
    hosts: "processes",
    victims: everybody,
    strike: async (_, before) => {
      for (const node of everybody) killHard(before, node);
    },
  });
});

t.test("a replica that stays down aborts writes with its name, and gets everything when it is back", async (t) => {
  await survives(t, {
    hosts: "processes",
    victims: ["n3"],
    strike: (cluster) => cluster.crash("n3", { at: "after-vote", restart: false }),
    revive: async (cluster) => {
      await until("n3 is held", async () => nodeOf(await cluster.status(), "n3").state === "held");
      const refused = await cluster.put("while/down", 1);
      t.match(refused, { outcome: "aborted", why: { code: "unavailable", node: "n3" } });
      await cluster.restart("n3");
    },
  });
});
