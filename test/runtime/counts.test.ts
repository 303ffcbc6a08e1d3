/** Messages and forced writes of a transaction are what the theory says, and flushes are shared. */

import t from "tap";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";

const CLIENTS = 64;
const ROUNDS = 40;

type Counts = { messages: number; forcedWrites: number; flushes: number };

async function counts(cluster: Cluster): Promise<Counts> {
  const { nodes } = await cluster.status();
  const sum = (of: (details: Counts) => number) =>
    nodes.reduce((total, { details }) => total + (details ? of(details) : 0), 0);
  return { messages: sum((d) => d.messages), forcedWrites: sum((d) => d.forcedWrites), flushes: sum((d) => d.flushes) };
}

/** What `work` cost once everything has been acknowledged. */
async function costOf(cluster: Cluster, work: () => Promise<void>): Promise<Counts> {
  const before = await counts(cluster);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const after = await counts(cluster);
  return {
    messages: after.messages - before.messages,
    forcedWrites: after.forcedWrites - before.forcedWrites,
    flushes: after.flushes - before.flushes,
  };
}

for (const replicas of [1, 3, 5]) {
  t.test(`a commit on ${replicas} replicas sends 4n messages and forces 2n + 1 records`, async (t) => {
    const cluster = await open({ temporary: true, replicas });
    t.teardown(() => cluster.close());
    const commit = await costOf(cluster, async () => {
      t.match(await cluster.put("a", 1), { outcome: "committed" });
    });
    t.match(commit, { messages: 4 * replicas, forcedWrites: 2 * replicas + 1 });
    const readOnly = await costOf(cluster, async () => {
      t.match(await cluster.transact([], { checks: [{ key: "a", is: "exists" }] }), { outcome: "committed" });
    });
    t.match(readOnly, { messages: 2 * replicas, forcedWrites: 0 });
    const abort = await costOf(cluster, async () => {
      t.match(await cluster.put("b", 1, { checks: [{ key: "a", is: "absent" }] }), { outcome: "aborted" });
    });
    t.match(abort, { messages: 2 * replicas, forcedWrites: 0 }, "all vote no, so nobody needs to be told");
  });
}

t.test("with 64 clients at most 0.3 flushes a transaction, over all nodes", async (t) => {
  const cluster = await open({ temporary: true });
  t.teardown(() => cluster.close());
  const { flushes } = await costOf(cluster, async () => {
    const client = async (name: number) => {
      for (let round = 0; round < ROUNDS; round += 1) await cluster.put(`k${name}-${round}`, "v");
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  });
  const each = flushes / (CLIENTS * ROUNDS);
  t.ok(each <= 0.3, `${each.toFixed(3)} flushes a transaction`);
});
