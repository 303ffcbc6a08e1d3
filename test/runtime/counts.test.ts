/** Messages and forced writes of a transaction are what the theory says, and flushes are shared. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";

const CLIENTS = 64;
const ROUNDS = 40;
/** Nobody asks or sends again because the machine is slow: that would be counted too. */
const PATIENT = { resendAfterMs: 60_000, inquireAfterMs: 60_000 };
/** Long enough for a message too many to be sent. */
const SILENCE_MS = 50;

type Counts = { messages: number; forcedWrites: number; flushes: number };

async function counts(cluster: Cluster): Promise<Counts> {
  const { nodes } = await cluster.status();
  const sum = (of: (details: Counts) => number) =>
    nodes.reduce((total, { details }) => total + (details ? of(details) : 0), 0);
  return { messages: sum((d) => d.messages), forcedWrites: sum((d) => d.forcedWrites), flushes: sum((d) => d.flushes) };
}

/** What `work` cost once so many messages were sent: the last of them may follow the answer. */
async function costOf(cluster: Cluster, messages: number, work: () => Promise<void>): Promise<Counts> {
  const before = await counts(cluster);
  await work();
  const wanted = before.messages + messages;
  await until(`${messages} messages were sent`, async () => (await counts(cluster)).messages >= wanted);
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  const after = await counts(cluster);
  return {
    messages: after.messages - before.messages,
    forcedWrites: after.forcedWrites - before.forcedWrites,
    flushes: after.flushes - before.flushes,
  };
}

for (const replicas of [1, 3, 5]) {
  t.test(`a commit on ${replicas} replicas sends 4n messages and forces 2n + 1 records`, async (t) => {
    const cluster = await open({ temporary: true, replicas, settings: PATIENT });
    t.teardown(() => cluster.close());
    const commit = await costOf(cluster, 4 * replicas, async () => {
      t.match(await cluster.put("a", 1), { outcome: "committed" });
    });
    t.match(commit, { messages: 4 * replicas, forcedWrites: 2 * replicas + 1 });
    const readOnly = await costOf(cluster, 2 * replicas, async () => {
      t.match(await cluster.transact([], { checks: [{ key: "a", is: "exists" }] }), { outcome: "committed" });
    });
    t.match(readOnly, { messages: 2 * replicas, forcedWrites: 0 });
    const abort = await costOf(cluster, 2 * replicas, async () => {
      t.match(await cluster.put("b", 1, { checks: [{ key: "a", is: "absent" }] }), { outcome: "aborted" });
    });
    t.match(abort, { messages: 2 * replicas, forcedWrites: 0 }, "all vote no, so nobody needs to be told");
  });
}

t.test("with 64 clients at most 0.3 flushes a transaction, over all nodes", async (t) => {
  const cluster = await open({ temporary: true });
  t.teardown(() => cluster.close());
  const { flushes } = await costOf(cluster, CLIENTS * ROUNDS, async () => {
    const client = async (name: number) => {
      for (let round = 0; round < ROUNDS; round += 1) await cluster.put(`k${name}-${round}`, "v");
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  });
  const each = flushes / (CLIENTS * ROUNDS);
  t.ok(each <= 0.3, `${each.toFixed(3)} flushes a transaction`);
});
