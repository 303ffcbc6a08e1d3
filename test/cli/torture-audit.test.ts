/** The checks at the end of a torture run: they find nothing in an honest cluster, and everything that is planted. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { LogRecord } from "../../actors/record.js";
import type { Write } from "../../actors/transaction.js";
import { HistoryRecorder } from "../../cli/history/history.js";
import { audit } from "../../cli/torture/audit.js";
import { bankOpening } from "../../cli/torture/bank.js";
import { Tally } from "../../cli/torture/clerk.js";
import { strayFiles } from "../../cli/torture/leftovers.js";
import { until } from "../../cli/torture/polling.js";
import { settle } from "../../cli/torture/settle.js";
import { commit } from "../../cli/torture/sweep.js";
import { Traffic } from "../../cli/torture/traffic.js";
import { Accounts, Transfers } from "../../cli/torture/transfers.js";
import { open } from "../../runtime/client.js";
import { Random } from "../../runtime/simulation/random.js";
import { openLmdb } from "../../storage/lmdb.js";
import { temporaryFolder } from "../storage/folder.js";

const COMMITS = 100;

type Run = { data: string; name: string; receipts: string[]; traffic: Traffic; transfers: Transfers };

/** Transfers on a cluster that is closed then. */
async function transferred(t: Test): Promise<Run> {
  const root = temporaryFolder(t);
  const data = join(root, "data");
  const cluster = await open({ data });
  t.teardown(() => cluster.close());
  const accounts = new Accounts();
  await commit(cluster, [...accounts.opening(), ...bankOpening()]);
  const tally = new Tally();
  const recorder = new HistoryRecorder(join(root, "history"));
  const traffic = new Traffic({ cluster, dice: new Random(1), tally, recorder, round: 0, protocols: ["2pc", "3pc"] });
  const transfers = new Transfers(traffic, accounts);
  const clients = Promise.all(Array.from({ length: 8 }, () => transfers.client()));
  await until("there are transfers", () => tally.committed >= COMMITS);
  traffic.stop();
  await clients;
  t.ok(await traffic.clerk.settle());
  traffic.close();
  // A coordinator that is stopped before it has heard that all replicas know of a commit tells them when it runs again.
  t.equal(await settle(cluster), undefined);
  const { cluster: name } = await cluster.status();
  const receipts = (await cluster.keys("receipt/")).map(String);
  await cluster.close();
  return { data, name, receipts, traffic, transfers };
}

/** Writes to the stores of nodes as if a transaction had done it. */
function plant({ data, name }: Run, nodes: readonly string[], writes: Write[], records: LogRecord[] = []): void {
  for (const node of nodes) {
    const store = openLmdb({ folder: join(data, "nodes", node), identity: { cluster: name, node }, create: false });
    Array.from(store.replay());
    store.commit({ records, writes });
    store.close();
  }
}

const REPLICAS = ["n1", "n2", "n3"];

t.test("an honest cluster, then a row of one replica that differs", async (t) => {
  const run = await transferred(t);
  const check = () => audit(run.data, run.traffic.clerk.told, run.transfers);
  t.same(check(), []);
  t.same(strayFiles(run.data), []);
  plant(run, ["n2"], [{ key: "list/7", value: "[1]", version: "somebody" }]);
  t.match(check(), [/^n2 and n1 hold different data: list\/7 is \["\[1\]","somebody"\] and absent$/]);
  writeFileSync(join(run.data, "nodes", "n1", "mark.draft"), "");
  t.same(strayFiles(run.data), ["nodes/n1/mark.draft"]);
});

t.test("money that appears, and a transfer that never was, on all replicas alike", async (t) => {
  const run = await transferred(t);
  plant(run, REPLICAS, [{ key: "account/3", value: "123456", version: "thief" }]);
  const found = audit(run.data, run.traffic.clerk.told, run.transfers);
  t.equal(found.length, 6);
  t.match(found[0], /^account\/3 holds 123456 at n1 and should hold -?\d+$/);
  t.match(found[1], /^the accounts of n1 hold \d+, not \d+$/);
  plant(run, REPLICAS, [{ key: "receipt/0/ghost", value: '"ghost"', version: "ghost" }]);
  const more = audit(run.data, run.traffic.clerk.told, run.transfers);
  t.match(more, { 2: /^receipt\/0\/ghost is at n1, but its transfer did not commit$/ });
});

t.test("a commit that was acknowledged and is nowhere, and one whose receipt is gone", async (t) => {
  const run = await transferred(t);
  const { told } = run.traffic.clerk;
  const lost = audit(run.data, new Map([...told, ["lost", "committed"]]), run.transfers);
  t.same(
    lost,
    ["c1", ...REPLICAS].map((node) => `${node} has no record of committed lost`),
  );
  const receipt = run.receipts[7] ?? "";
  plant(run, REPLICAS, [{ key: receipt, value: undefined, version: "thief" }]);
  const gone = audit(run.data, told, run.transfers);
  t.same(
    gone,
    REPLICAS.map((node) => `${receipt} is not at ${node}, but its transfer committed`),
  );
});

t.test("two logs that disagree, a log that disagrees with the client, and one that never ends", async (t) => {
  const run = await transferred(t);
  const { told } = run.traffic.clerk;
  const concluded = (txn: string, outcome: "committed" | "aborted"): LogRecord => {
    return { kind: "concluded", txn, attempt: 1, outcome };
  };
  plant(run, ["n1"], [], [concluded("split", "committed")]);
  plant(run, ["n3"], [], [concluded("split", "aborted")]);
  t.same(audit(run.data, told, run.transfers), ["split is aborted at n3, but committed elsewhere or to its client"]);
  const denied = new Map([...told, ["split", "aborted"] as const]);
  t.match(audit(run.data, denied, run.transfers), [/^split is committed at n1, but aborted elsewhere/]);
  const endless = Array.from({ length: 30_000 }, (_, index) => concluded(`old-${index}`, "aborted"));
  plant(run, ["n1"], [], endless);
  t.match(audit(run.data, denied, run.transfers), { 1: /^the log of n1 has \d+ records, at most 26000$/ });
});
