/** A cluster under load that is struck again and again, with the invariants checked when it has outlived all of it. */

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

export type Ground = OpenOptions & {
  hosts: "threads" | "processes";
  /** Of the load. */
  protocol?: ProtocolName;
};

export type Blow = {
  name: string;
  /** Whom it ends. */
  victims: readonly string[];
  /** Plans the crash, or does it. */
  strike(cluster: Cluster, before: Status, t: Test): Promise<void>;
  /** While the victims are away for good: whatever brings them back. */
  revive?(cluster: Cluster, load: Load, t: Test): Promise<void>;
};

const QUICK = { resendAfterMs: 100, inquireAfterMs: 100 };
/** Before each blow, and after all are back. */
const COMMITS = 20;

/**
 * Runs load over one blow after the other. Each must leave the cluster serving, and all of them nothing that breaks a
 * promise: what was lost at any of them would still be missing at the end.
 */
export async function survives(t: Test, { protocol = "2pc", ...options }: Ground, blows: readonly Blow[]) {
  const data = temporaryFolder(t);
  const cluster = await open({ data, chaos: true, settings: QUICK, ...options });
  t.teardown(() => cluster.close());
  const load = new Load(cluster, { seed: t.fullname.length, protocol });
  for (const blow of blows) await t.test(blow.name, (t) => outlives(t, cluster, load, blow));
  const history = await load.stop();
  t.same(await violations(cluster, history), [], "every invariant holds in the running cluster");
  await cluster.close();
  t.same(storeViolations(readStores(data)), [], "every invariant holds in the stores");
}

async function outlives(t: Test, cluster: Cluster, load: Load, { victims, strike, revive }: Blow): Promise<void> {
  await committed(load, "the load runs");
  const before = await cluster.status();
  await strike(cluster, before, t);
  await revive?.(cluster, load, t);
  await until("the victims died and serve again", async () => reborn(before, await cluster.status(), victims));
  await committed(load, "the load goes on");
  t.pass(`${load.committed} of ${load.history.size} transactions committed so far`);
}

function committed(load: Load, what: string): Promise<void> {
  const wanted = load.committed + COMMITS;
  return until(what, () => load.committed >= wanted);
}

function reborn(before: Status, now: Status, victims: readonly string[]): boolean {
  return victims.every((victim) => {
    const { epoch = 0, state } = nodeOf(now, victim);
    return state === "up" && epoch > (nodeOf(before, victim).epoch ?? 0);
  });
}
