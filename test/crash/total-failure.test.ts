/** All processes of a three-phase commit are killed, and return in some order: they decide when the last to fail is back. */

import t, { type Test } from "tap";
import { isEnd, type LogRecord } from "../../actors/record.js";
import { lastGroup } from "../../actors/three-phase/group.js";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { settle } from "../../cli/torture/settle.js";
import { readStores, type StoreContents } from "../../cli/torture/stores.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";

const NODES = ["c1", "n1", "n2"];
const QUICK = { resendAfterMs: 100, inquireAfterMs: 100 };
/** In which of its turns for the transaction each is killed, and in which orders they return. */
const SAMPLE = [
  {
    name: "all have promised",
    hits: { c1: 2, n1: 2, n2: 3 },
    orders: [
      ["c1", "n1", "n2"],
      ["n2", "c1", "n1"],
    ],
  },
  {
    name: "the coordinator is about to commit",
    hits: { c1: 3, n1: 3, n2: 4 },
    orders: [
      ["n1", "n2", "c1"],
      ["n2", "c1", "n1"],
    ],
  },
];

t.test("real processes", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data, hosts: "processes", protocol: "3pc", replicas: 2, chaos: true, settings: QUICK });
  t.teardown(() => cluster.close());
  for (const { name, hits, orders } of SAMPLE) {
    for (const order of orders) {
      const txn = `${name}, ${order.join(" ")}`;
      await t.test(txn, async (t) => {
        await failAll(cluster, txn, hits);
        await comeBack(t, { cluster, txn, order, data });
      });
    }
  }
});

async function failAll(cluster: Cluster, txn: string, hits: Record<string, number>): Promise<void> {
  for (const [node, hit] of Object.entries(hits)) {
    await cluster.crash(node, { at: "before-commit", txn, hit, restart: false });
  }
  const told = cluster.put("a", txn, { id: txn, deadlineMs: 200 }).catch(() => undefined);
  await Promise.race([told, until("all are down", async () => (await upOf(cluster)).length === 0)]);
  // Whoever was not hit, since it did in one turn what it might have done in two.
  for (const node of await upOf(cluster)) await cluster.crash(node, { restart: false }).catch(() => undefined);
}

type Return = { cluster: Cluster; txn: string; order: readonly string[]; data: string };

async function comeBack(t: Test, { cluster, txn, order, data }: Return): Promise<void> {
  const stores = readStores(data);
  const last = lastToFail(stores, txn);
  const knowing = stores.filter(({ log }) => knows(log, txn)).map(({ node }) => node);
  const back: string[] = [];
  for (const node of order) {
    back.push(node);
    await cluster.restart(node);
    const mustEnd = last.every((one) => back.includes(one)) || back.some((one) => knowing.includes(one));
    if (mustEnd) await until(`with ${back} back it ends`, async () => (await cluster.status()).inDoubt.length === 0);
    const missing = last.filter((one) => !back.includes(one));
    if (!mustEnd) await until(`with ${back} back it waits for ${missing}`, () => waitsFor(cluster, txn, missing));
  }
  t.equal(await settle(cluster), undefined);
  const values = await Promise.all(["n1", "n2"].map(async (replica) => (await cluster.get("a", { replica })).value));
  t.equal(values[0], values[1], "all have the same");
}

/** The last group to fail, as the logs tell. */
function lastToFail(stores: readonly StoreContents[], txn: string): string[] {
  const reports = stores.flatMap(({ node, log }) => {
    const own = log.filter((record) => "txn" in record && record.txn === txn);
    const groups = own.flatMap((record) => {
      if (record.kind === "regrouped") return [record.group];
      return "participants" in record && "membership" in record ? [record.membership?.group ?? []] : [];
    });
    const group = groups.at(-1);
    return group && !own.some(isEnd) ? [{ node, group, round: 0 }] : [];
  });
  return lastGroup(reports);
}

/** It has decided, or has no record of the transaction, so it rules it out. */
function knows(log: readonly LogRecord[], txn: string): boolean {
  const own = log.filter((record) => "txn" in record && record.txn === txn);
  return own.length === 0 || own.some(isEnd);
}

async function upOf(cluster: Cluster): Promise<string[]> {
  const status = await cluster.status();
  return NODES.filter((node) => nodeOf(status, node).state === "up");
}

async function waitsFor(cluster: Cluster, txn: string, missing: readonly string[]): Promise<boolean> {
  const doubt = (await cluster.status()).inDoubt.find((one) => one.txn === txn);
  return missing.some((node) => doubt?.waitingFor.includes(node));
}
