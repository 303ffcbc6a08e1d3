/** Real crashes at no point in particular: `kill -9` again and again, of everybody at once, and of one that stays down. */

import t from "tap";
import { killHard, nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { type Blow, survives } from "./scenario.js";

const EVERYBODY = ["c1", "n1", "n2", "n3"];

const AGAIN_AND_AGAIN = ["c1", "n1"].map(
  (victim): Blow => ({
    name: `${victim}, again and again`,
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
  }),
);

const AT_ONCE: Blow = {
  name: "all nodes at once",
  victims: EVERYBODY,
  strike: async (_, before) => {
    for (const node of EVERYBODY) killHard(before, node);
  },
};

const STAYS_DOWN: Blow = {
  name: "a replica that stays down aborts writes with its name, and gets everything when it is back",
  victims: ["n3"],
  strike: (cluster) => cluster.crash("n3", { at: "after-vote", restart: false }),
  revive: async (cluster, _, t) => {
    await until("n3 is held", async () => nodeOf(await cluster.status(), "n3").state === "held");
    const refused = await cluster.put("while/down", 1);
    t.match(refused, { outcome: "aborted", why: { code: "unavailable", node: "n3" } });
    await cluster.restart("n3");
  },
};

t.test("kill -9", async (t) => {
  await survives(t, { hosts: "processes" }, [...AGAIN_AND_AGAIN, AT_ONCE, STAYS_DOWN]);
});
