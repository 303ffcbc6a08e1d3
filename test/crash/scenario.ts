/** One crash under load and its recovery, with the invariants checked while it runs and in the stores afterwards. */

import type { Test } from "tap";
import type { ProtocolName } from "../../actors/transaction.js";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { readStores, storeViolations } from "../../cli/torture/stores.js";
import type { Cluster, Status } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import { temporaryFolder } from "../storage/folder.js";
import { violations } from "./invariants.js";
import { Load } from "./load.js";

export type Scenario = {
  hosts: "threads" | "processes";
  options?: OpenOptions;
  protocol?: ProtocolName;
  /** Whom the crash ends. */
  victims: readonly string[];
  /** Commits before the crash is planned, and after all are back. */
  commits?: number;
  /** Plans the crash, or does it. */
  strike(cluster: Cluster, before: Status): Promise<void>;
  /** While the victims are away for good: whatever brings them back. */
  revive?(cluster: Cluster, load: Load): Promise<void>;
};

const QUICK = { resendAfterMs: 100, inquireAfterMs: 100 };

/** Runs load over a crash. Every invariant must hold when the victims are back. */
export async function survives(t: Test, scenario: Scenario): Promise<void> {
  const { hosts, options, protocol = "2pc", victims, commits = 60 } = scenario;
  const data = temporaryFolder(t);
  const cluster = await open({ data, hosts, chaos: true, settings: QUICK, ...options });
  t.teardown(() => cluster.close());
  const before = await cluster.status();
  const load = new Load(cluster, { seed: t.fullname.length, protocol });
  await until("the load runs", () => load.committed >= commits);
  await scenario.strike(cluster, before);
  if (scenario.revive) await scenario.revive(cluster, load);
  await until("the victims died and serve again", async () => reborn(before, await cluster.status(), victims));
  const back = load.committed;
  await until("the load goes on", () => load.committed >= back + commits);
  const history = await load.stop();
  t.same(await violations(cluster, history), [], "every invariant holds in the running cluster");
  await cluster.close();
  t.same(storeViolations(readStores(data)), [], "every invariant holds in the stores");
  t.ok(load.committed >= 2 * commits, `${load.committed} of ${history.size} transactions committed`);
}

function reborn(before: Status, now: Status, victims: readonly string[]): boolean {
  return victims.every((victim) => {
    const { epoch = 0, state } = nodeOf(now, victim);
    return state === "up" && epoch > (nodeOf(before, victim).epoch ?? 0);
  });
}
