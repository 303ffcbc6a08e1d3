/** A tour: all fail, and the last one to fail has to be there before anybody decides. */

import { areUp, ended, holdAll, isDown, type Lab, NOTHING_IN_DOUBT, type Stage } from "./lab.js";

const NODES = ["n1", "n2", "n3"];
const TXN = "last-words";

async function waitsFor({ cluster }: Stage, node: string): Promise<boolean> {
  const open = (await cluster.status()).inDoubt.find(({ txn }) => txn === TXN);
  return open?.waitingFor.includes(node) === true;
}

export const TOTAL_FAILURE: Lab = {
  name: "total-failure",
  title: "All fail, and the last to fail decides",
  about: "Who failed earlier cannot know what those decided that went on without it. The last one to fail can.",
  cluster: { coordinators: 1, protocol: "3pc" },
  steps: [
    {
      say:
        "All four fail in the middle of one transaction: n1 when it has voted, n2 and n3 when they have pre-committed, " +
        "and c1, which has seen n1 fail, when it is about to commit.",
      do: async ({ cluster, begin }) => {
        await cluster.crash("n1", { at: "after-vote", txn: TXN, restart: false });
        for (const node of ["n2", "n3"])
          await cluster.crash(node, { at: "after-precommit-ack", txn: TXN, restart: false });
        await cluster.crash("c1", { at: "before-decision", txn: TXN, restart: false });
        begin(TXN, [{ op: "put", key: "will", value: "to my cat" }]);
      },
      expect: [isDown("n1"), isDown("n2"), isDown("n3"), isDown("c1")],
      picture: TXN,
    },
    {
      say: "n1, n2 and n3 come back. Their logs hold a yes and two pre-commits, but c1 may have gone on without them.",
      do: async ({ cluster }) => {
        await Promise.all(NODES.map((node) => cluster.restart(node)));
      },
      expect: [
        areUp(...NODES),
        { that: "they wait for c1, who may have failed last", holds: (stage) => waitsFor(stage, "c1") },
      ],
      picture: TXN,
    },
    {
      say: "c1 comes back. The last to fail is there, and knows that all voted yes: they agree to a new round, and commit.",
      do: ({ cluster }) => cluster.restart("c1"),
      expect: [areUp("c1"), ended(TXN, "committed"), NOTHING_IN_DOUBT, holdAll(NODES, "will", "to my cat")],
      picture: TXN,
    },
  ],
};
