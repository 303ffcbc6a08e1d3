/** A tour: who does not know asks the others, and one of them knows. */

import { areUp, ended, holdAll, isDown, type Lab, NOTHING_IN_DOUBT } from "./lab.js";

const NODES = ["n1", "n2", "n3"];

export const COOPERATIVE: Lab = {
  name: "cooperative",
  title: "Cooperative termination: one peer knows",
  about: "Two-phase commit blocks only when nobody who is up knows. One who was told is enough for all.",
  cluster: { coordinators: 1, protocol: "2pc" },
  steps: [
    {
      say: "c1 decides to commit, tells n1, and dies. n2 and n3 ask it in vain, and ask each other: n1 knows, and tells.",
      do: async ({ cluster, begin }) => {
        await cluster.crash("c1", { at: "partial-decision", txn: "gift", targets: ["n1"], restart: false });
        begin("gift", [{ op: "put", key: "gift", value: "sent" }]);
      },
      expect: [isDown("c1"), NOTHING_IN_DOUBT, holdAll(NODES, "gift", "sent")],
      picture: "gift",
    },
    {
      say: "c1 comes back and tells its decision again. Nobody is surprised: they acknowledge it.",
      do: ({ cluster }) => cluster.restart("c1"),
      expect: [areUp("c1"), ended("gift", "committed"), holdAll(NODES, "gift", "sent")],
      picture: "gift",
    },
  ],
};
