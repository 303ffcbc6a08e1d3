/** A tour: three-phase commit goes on without its coordinator. */

import { areUp, ended, holdAll, isDown, type Lab, NOTHING_IN_DOUBT } from "./lab.js";

const NODES = ["n1", "n2", "n3"];

export const NONBLOCKING: Lab = {
  name: "nonblocking",
  title: "Three-phase commit does not block",
  about:
    "One more round, in which all learn that all voted yes, lets the survivors decide when their coordinator dies.",
  cluster: { coordinators: 1, protocol: "3pc" },
  steps: [
    {
      say:
        "c1 dies when all have voted yes and nobody was told to pre-commit. The survivors elect one of them, who asks the " +
        "others: all are uncertain, so nobody can have committed, and they abort.",
      do: async ({ cluster, begin }) => {
        await cluster.crash("c1", { at: "partial-precommit", txn: "early", targets: [], restart: false });
        begin("early", [{ op: "put", key: "a", value: 1 }]);
      },
      expect: [isDown("c1"), NOTHING_IN_DOUBT, holdAll(NODES, "a")],
      picture: "early",
    },
    {
      say:
        "c1 is back, and dies again: this time n1 was told to pre-commit. So all voted yes, somebody may have committed, " +
        "and the survivors commit.",
      do: async ({ cluster, begin }) => {
        await cluster.restart("c1");
        await cluster.crash("c1", { at: "partial-precommit", txn: "late", targets: ["n1"], restart: false });
        begin("late", [{ op: "put", key: "a", value: 2 }]);
      },
      expect: [isDown("c1"), NOTHING_IN_DOUBT, holdAll(NODES, "a", 2)],
      picture: "late",
    },
    {
      say: "c1 comes back for good. It has been away, so it does not decide anything: it asks, and is told.",
      do: ({ cluster }) => cluster.restart("c1"),
      expect: [areUp("c1"), ended("early", "aborted"), ended("late", "committed"), NOTHING_IN_DOUBT],
      picture: "late",
    },
  ],
};
