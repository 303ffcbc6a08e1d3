/** On a real disk that is slow or refuses to flush: no vote and no answer precedes its flush, and nothing is lost. */

import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { readStores, storeViolations } from "../../cli/torture/stores.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { JournalLine } from "../../runtime/journal.js";
import { violations } from "../crash/invariants.js";
import { Load } from "../crash/load.js";
import { temporaryFolder } from "../storage/folder.js";
import { afflict, compileFaultyDisk } from "./faulty-disk.js";

const SLOW_MS = 150;
/** Clocks of two processes agree within this. */
const SKEW_MS = 5;
const REPLICAS = ["n1", "n2", "n3"];

const disk = compileFaultyDisk(temporaryFolder(t));
const unless = typeof disk === "string" ? { skip: `${disk}; loop.test.ts shows the same without a disk` } : {};

/** A cluster of processes whose flushes can be afflicted. */
async function cluster(t: Test): Promise<{ data: string; cluster: Cluster; lines: JournalLine[] }> {
  const data = temporaryFolder(t);
  const lines: JournalLine[] = [];
  if (typeof disk === "object") process.env.LD_PRELOAD = disk.library;
  t.teardown(() => {
    delete process.env.LD_PRELOAD;
  });
  const settings = { resendAfterMs: 2000, inquireAfterMs: 2000 };
  const opened = await open({ data, hosts: "processes", chaos: true, settings, journal: (line) => lines.push(line) });
  t.teardown(() => opened.close());
  return { data, cluster: opened, lines };
}

async function elapsed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

t.test("an answer takes a flush of the slowest participant and one of the coordinator", unless, async (t) => {
  const { data, cluster: slow } = await cluster(t);
  await slow.put("warm", 1);
  const timed = async (what: string, nodes: readonly string[], wanted: number) => {
    for (const node of nodes) afflict(data, node, SLOW_MS);
    const ms = await elapsed(slow.put("a", what));
    for (const node of nodes) afflict(data, node, "none");
    t.ok(ms >= wanted, `${what}: ${Math.round(ms)} ms are at least ${wanted}`);
    await until("all are done", async () => (await slow.status()).inDoubt.length === 0);
  };
  await timed("one slow replica", ["n2"], SLOW_MS);
  await timed("a slow coordinator", ["c1"], SLOW_MS);
  await timed("all slow", ["c1", ...REPLICAS], 2 * SLOW_MS);
});

t.test("votes, decisions and acks leave only after their own flush", unless, async (t) => {
  const { data, cluster: slow, lines } = await cluster(t);
  for (const node of ["c1", ...REPLICAS]) afflict(data, node, SLOW_MS);
  await Promise.all([slow.put("a", 1), slow.put("b", 2)]);
  await until("all are done", async () => (await slow.status()).inDoubt.length === 0);
  for (const node of ["c1", ...REPLICAS]) afflict(data, node, "none");
  let compared = 0;
  for (const [kind, forced] of [
    ["vote", "prepared"],
    ["decide", "decided"],
    ["ack", "concluded"],
  ] as const) {
    for (const { line, txn, sender } of arrivals(lines, kind)) {
      const cause = lines.find((other) => other.node === sender && records(other, forced).includes(txn));
      if (!cause) continue;
      compared += 1;
      const ms = line.at - cause.at;
      if (ms < SLOW_MS - SKEW_MS) t.fail(`the ${kind} on ${txn} of ${sender} arrived ${ms} ms after its turn began`);
      t.ok(cause.flushed);
    }
  }
  t.ok(compared >= 18, `${compared} messages compared with the flush before them`);
});

t.test("a participant whose flush fails stops, promises nothing, and comes back", unless, async (t) => {
  await survivesRefusals(t, "n2");
});

t.test("a coordinator whose flush fails stops, tells no commit, and comes back", unless, async (t) => {
  await survivesRefusals(t, "c1");
});

async function survivesRefusals(t: Test, node: string): Promise<void> {
  const { data, cluster: refusing } = await cluster(t);
  const load = new Load(refusing);
  await until("the load runs", () => load.committed >= 30);
  const before = nodeOf(await refusing.status(), node);
  afflict(data, node, "refuse");
  let reason = "";
  await until(`${node} stopped`, async () => {
    const now = nodeOf(await refusing.status(), node);
    if (now.reason !== undefined) reason = now.reason;
    return now.state !== "up" && now.restarts > before.restarts;
  });
  t.match(reason, /a commit failed|cannot be opened/, reason);
  const answer = await refusing.put("while/refused", 1, { deadlineMs: 200 });
  t.not(answer.outcome, "committed");
  // What was promised before may be decided, and what was decided before may be told, only now.
  let committed = -1;
  const isOver = async () => {
    committed = load.committed;
    await sleep(200);
    return load.committed === committed;
  };
  await until("what was promised before is told", isOver);
  await sleep(100);
  t.equal(load.committed, committed, "nothing is acknowledged as committed while the disk refuses");
  afflict(data, node, "none");
  await until(`${node} serves again`, async () => nodeOf(await refusing.status(), node).state === "up");
  await until("the load goes on", () => load.committed >= committed + 30);
  t.same(await violations(refusing, await load.stop()), []);
  await refusing.close();
  t.same(storeViolations(readStores(data)), []);
}

/** Each message of a kind that a turn took in, and the node that sent it. */
function arrivals(lines: readonly JournalLine[], kind: string): { line: JournalLine; txn: string; sender: string }[] {
  return lines.flatMap((line) =>
    line.inputs.flatMap((event) => {
      if (event.kind !== "message" || event.body.kind !== kind || !("txn" in event.body)) return [];
      return [{ line, txn: event.body.txn, sender: event.source }];
    }),
  );
}

function records({ records }: JournalLine, kind: string): string[] {
  return records.flatMap(({ record }) => (record.kind === kind && "txn" in record ? [record.txn] : []));
}
