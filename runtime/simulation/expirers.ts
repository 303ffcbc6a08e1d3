/** What expires in a simulated run, and who removes it: clients whose clocks step forward and back, sometimes two at once. */

import { mayExpire } from "../../actors/expiry.js";
import type { Millis } from "../../actors/transaction.js";
import type { Random } from "./random.js";
import { type Clients, type Lifetimes, led, names, type Request, type Setting, spanOf } from "./workload.js";

const LIFETIMES_MS = [1, 20, 100, 500];
/** How far their clocks are ahead: each for a while. */
const AHEAD_MS = [-2000, -100, 0, 0, 100, 2000];
const STEP = 0.2;
const LIMITS = [1, 2, 8, 64];

/** Some of what is put expires, in about half of the runs. Nodes that forget need ids in order, which no expirer has. */
export function lifetimesOf(random: Random, { forgetful }: Setting): Lifetimes {
  const share = !forgetful && random.chance(0.5) ? random.pick([0.4, 0.9]) : 0;
  return () => (random.chance(share) ? { ttlMs: random.pick(LIFETIMES_MS) } : {});
}

/** As busy as the other clients, if there is anything that expires. */
export function drawExpirers(random: Random, setting: Setting, clients: Clients): Clients {
  const requests = clients.flatMap((client) => client.requests);
  if (!requests.some((request) => request.kind === "transact" && request.operations.some(mayExpire))) return [];
  const spanMs = spanOf(clients);
  return names("expirer-", random.whole(1, 2)).map((address) => {
    return {
      address,
      patienceMs: random.pick([15, 30, 300]),
      requests: drawRequests(random, setting, address, spanMs),
    };
  });
}

function drawRequests(random: Random, setting: Setting, address: string, spanMs: Millis): Request[] {
  const count = random.whole(10, 40);
  let aheadMs = 0;
  return names(`${address}.`, count).map((txn) => {
    if (random.chance(STEP)) aheadMs = random.pick(AHEAD_MS);
    return {
      kind: "expire",
      afterMs: random.whole(0, Math.floor((2 * spanMs) / count)),
      aheadMs,
      replica: random.pick(setting.replicas),
      limit: random.pick(LIMITS),
      txn,
      ...led(random, setting, true),
      insists: random.pick(["no", "asks", "repeats"]),
    };
  });
}
