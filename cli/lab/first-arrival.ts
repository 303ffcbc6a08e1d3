/** A tour: of two transactions that want the same key, the first to arrive wins, and nobody waits. */

import { holdAll, idAt, type Lab, NOTHING_IN_DOUBT } from "./lab.js";

const NODES = ["n1", "n2", "n3"];
const SLOW_MS = 600;
const ANN = idAt("c1", "ann", 2);
const BOB = idAt("c2", "bob", 2);

export const FIRST_ARRIVAL: Lab = {
  name: "first-arrival",
  title: "First arrival wins",
  about: "A key belongs to whoever came first until that one is decided. Who comes later aborts at once: no deadlock.",
  cluster: { coordinators: 2, protocol: "2pc" },
  steps: [
    {
      say: "Ann books the seat, through c1. Its messages to n3 are slow, so n1 and n2 have voted and n3 was not yet asked.",
      do: async (stage) => {
        await stage.cluster.delay("c1", "n3", SLOW_MS);
        stage.begin(ANN, [{ op: "put", key: "seat", value: "Ann" }]);
      },
      expect: [
        {
          that: "n1 and n2 keep the key locked for Ann",
          holds: async (stage) => {
            const holders = (await stage.cluster.locks()).filter(({ txn }) => txn === ANN);
            return ["n1", "n2"].every((node) => holders.some((held) => held.node === node));
          },
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
      say: "Ann's message reaches n3, which votes yes too.",
      do: ({ cluster }) => cluster.delay("c1", "n3", 0),
      expect: [
        { that: "Ann's committed", holds: (stage) => stage.told(ANN)?.outcome === "committed" },
        NOTHING_IN_DOUBT,
        holdAll(NODES, "seat", "Ann"),
      ],
      picture: ANN,
    },
  ],
};
