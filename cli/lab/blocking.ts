/** A tour: two-phase commit blocks when its coordinator dies at the wrong moment. */

import { asAyesError } from "../../runtime/errors.js";
import { areUp, ended, holdAll, idAt, isDown, type Lab, NOTHING_IN_DOUBT, wait } from "./lab.js";

const NODES = ["n1", "n2", "n3"];
const ORDER = idAt("c1", "order", 2);
/** Of the other coordinator, which is up all the time. */
const RIVAL = idAt("c2", "rival", 2);

export const BLOCKING: Lab = {
  name: "blocking",
  title: "Two-phase commit blocks",
  about: "A coordinator that dies after all have voted leaves them with a promise that only it can redeem.",
  cluster: { coordinators: 2, protocol: "2pc" },
  steps: [
    {
      say:
        "c1 asks n1, n2 and n3 to commit an order. All vote yes, c1 writes its decision to disk, and dies before it can " +
        "tell anybody.",
      do: async ({ cluster, begin }) => {
        await cluster.crash("c1", { at: "after-decision", txn: ORDER, restart: false });
        begin(ORDER, [{ op: "put", key: "order", value: "paid" }]);
      },
      expect: [isDown("c1"), wait(ORDER, NODES, "c1")],
      picture: ORDER,
    },
    {
      say:
        "They ask each other, but nobody knows more than its own yes. To commit alone could be wrong, and so could an " +
        "abort: so they keep the key locked. Another transaction, of c2, which is up, wants the same key.",
      do: async ({ begin }) => begin(RIVAL, [{ op: "put", key: "order", value: "cancelled" }]),
      expect: [
        {
          that: `it is refused at once: ${ORDER} holds the key`,
          holds: (stage) => {
            const told = stage.told(RIVAL);
            return told?.outcome === "aborted" && told.why.code === "conflict" && told.why.winner === ORDER;
          },
        },
        {
          that: "who reads the key waits, and is told in the end that it is blocked",
          holds: async ({ cluster }) => {
            const read = cluster.get("order", { deadlineMs: 300 });
            return read.then(() => false).catch((error: unknown) => asAyesError(error).code === "blocked");
          },
        },
      ],
    },
    {
      say: "c1 comes back. It finds its decision in its log, and tells it until all have acknowledged it.",
      do: ({ cluster }) => cluster.restart("c1"),
      expect: [areUp("c1"), ended(ORDER, "committed"), NOTHING_IN_DOUBT, holdAll(NODES, "order", "paid")],
      picture: ORDER,
    },
  ],
};
