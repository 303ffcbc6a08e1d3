/** A tour: of two transactions that want the same key, the first to arrive wins, and nobody waits. */

import { holdAll, idAt, type Lab, NOTHING_IN_DOUBT } from "./lab.js";

const NODES = ["n1", "n2", "n3"];
const ANN = idAt("c1", "ann", 2);
const BOB = idAt("c2", "bob", 2);

export const FIRST_ARRIVAL: Lab = {
  name: "first-arrival",
  title: "First arrival wins",
  about: "A key belongs to whoever came first until that one is decided. Who comes later aborts at once: no deadlock.",
  cluster: { coordinators: 2, protocol: "2pc" },
  steps: [
    {
      say:
        "Ann books the seat, through c1. n1 and n2 vote yes; n3 has a person who thinks about it, so it has not voted yet. " +
        "The two keep the key locked meanwhile.",
      do: async ({ cluster, begin }) => {
        await cluster.validate("n3", { rule: "person" });
        begin(ANN, [{ op: "put", key: "seat", value: "Ann" }]);
      },
      expect: [
        {
          that: "n1 and n2 keep the key locked for Ann",
          holds: async (stage) => {
            const holders = (await stage.cluster.locks()).filter(({ txn }) => txn === ANN);
            return ["n1", "n2"].every((node) => holders.some((held) => held.node === node));
          },
        },
        {
          that: "n3 thinks, without a lock",
          holds: async ({ cluster }) => (await cluster.ballots("n3")).some(({ txn }) => txn === ANN),
        },
      ],
    },
    {
      say: "Bob wants the same seat, through c2. n1 and n2 refuse, and say who was first. He need not wait to be told.",
      do: async (stage) => stage.begin(BOB, [{ op: "put", key: "seat", value: "Bob" }]),
      expect: [
        {
          that: "Bob's is aborted: Ann's was first",
          holds: (stage) => {
            const told = stage.told(BOB);
            return told?.outcome === "aborted" && told.why.code === "conflict" && told.why.winner === ANN;
          },
        },
      ],
      picture: BOB,
    },
    {
      say: "The person of n3 agrees with Ann, so all have voted yes.",
      do: async ({ cluster }) => {
        await cluster.castVote(ANN, "n3", true);
        await cluster.validate("n3", { rule: "always" });
      },
      expect: [
        { that: "Ann's committed", holds: (stage) => stage.told(ANN)?.outcome === "committed" },
        NOTHING_IN_DOUBT,
        holdAll(NODES, "seat", "Ann"),
      ],
      picture: ANN,
    },
  ],
};
