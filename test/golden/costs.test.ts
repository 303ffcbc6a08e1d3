/** Messages and forced writes of one transaction, for every number of participants and of no votes, are the formulas. */

import t from "tap";
import type { Begin } from "../../actors/message.js";
import type { ProtocolName } from "../../actors/transaction.js";
import { Stage } from "./stage.js";

type Cost = { messages: number; forcedWrites: number };

const MOST = 9;
const VETO = "veto";

/** Of n participants, `refusing` vote no. */
const FORMULAS: Record<ProtocolName, (n: number, refusing: number) => Cost> = {
  "2pc": (n, refusing) => {
    if (refusing === 0) return { messages: 4 * n, forcedWrites: 2 * n + 1 };
    return { messages: 2 * n + (n - refusing), forcedWrites: n - refusing };
  },
  "3pc": (n, refusing) => {
    if (refusing === 0) return { messages: 5 * n, forcedWrites: 3 * n + 2 };
    return { messages: 2 * n + (n - refusing), forcedWrites: n - refusing };
  },
};

function costOf(protocol: ProtocolName, n: number, refusing: number): Cost {
  const replicas = Array.from({ length: n }, (_, index) => `n${index + 1}`);
  const stage = new Stage(["c1", ...replicas], protocol);
  for (const replica of replicas.slice(0, refusing)) stage.hold(replica, VETO);
  stage.send("client", "c1", request(protocol));
  stage.run();
  // What rests on something that is not forced leaves with the next commit.
  stage.wait(10);
  stage.run();
  const costs = ["c1", ...replicas].map((node) => stage.actor(node).loop.counts);
  return {
    messages: costs.reduce((sum, { messages }) => sum + messages, 0),
    forcedWrites: costs.reduce((sum, { forcedWrites }) => sum + forcedWrites, 0),
  };
}

function request(protocol: ProtocolName): Begin {
  return {
    kind: "begin",
    request: 1,
    txn: "t1",
    protocol,
    operations: [{ op: "put", key: "a", value: "1" }],
    checks: [{ key: VETO, is: "absent" }],
    deadlineMs: 1000,
  };
}

for (const protocol of ["2pc", "3pc"] as const) {
  t.test(
    `${protocol}: a commit and every abort cost what the theory says, for 1 to ${MOST} participants`,
    async (t) => {
      for (let n = 1; n <= MOST; n += 1) {
        for (let refusing = 0; refusing <= n; refusing += 1) {
          t.same(
            costOf(protocol, n, refusing),
            FORMULAS[protocol](n, refusing),
            `${n} participants, ${refusing} vote no`,
          );
        }
      }
    },
  );
}
