/** What the logs of a stopped, crashed or damaged cluster prove: random steps against the transactions that were committed. */

import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, Operation } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { historyOfFolder, traceOfFolder } from "../../runtime/past/folder-history.js";
import type { History, PastValue } from "../../runtime/past/past-api.js";

const root = mkdtempSync(join(tmpdir(), "ayes-past-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));

/** Always the same numbers, for the same seed. */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** What the test itself has committed, in order. */
type Committed = { position: number; txn: string; operations: KeyOperation[] };

type KeyOperation = Extract<Operation, { op: "put" | "del" | "add" }>;

function valuesAfter(committed: readonly Committed[], position: number): Map<string, [unknown, string]> {
  const values = new Map<string, [unknown, string]>();
  for (const { txn, operations } of committed.filter((one) => one.position <= position)) {
    for (const operation of operations) apply(values, operation, txn);
  }
  return values;
}

function apply(values: Map<string, [unknown, string]>, operation: KeyOperation, txn: string): void {
  const key = String(operation.key);
  if (operation.op === "put") values.set(key, [operation.value, txn]);
  else if (operation.op === "del") values.delete(key);
  else values.set(key, [Number(values.get(key)?.[0] ?? 0) + operation.delta, txn]);
}

function present(values: readonly PastValue[]): [string, unknown, string][] {
  return values.flatMap((one) => (one.state === "present" ? [[String(one.key), one.value, one.version]] : []));
}

async function quiet(cluster: Pick<Cluster, "status">): Promise<void> {
  await until("all is over", async () => (await cluster.status()).inDoubt.length === 0);
}

async function commitMany(data: string, retainedChanges?: number): Promise<Committed[]> {
  const settings = retainedChanges === undefined ? {} : { retainedChanges };
  let cluster = await open({ data, settings });
  const draw = drawing(7);
  const committed: Committed[] = [];
  const one = async () => {
    const keys = [...new Set(Array.from({ length: 1 + draw(3) }, () => `k${draw(12)}`))];
    const operations = keys.map((key): KeyOperation => {
      const kind = draw(4);
      if (kind === 0) return { op: "del", key };
      return kind === 1 ? { op: "add", key, delta: draw(9) } : { op: "put", key, value: draw(1000) };
    });
    const result = await cluster.transact(operations, { protocol: draw(2) === 0 ? "2pc" : "3pc" });
    if (result.outcome !== "committed" || result.position === undefined) return;
    committed.push({ position: Number(result.position.split(".").at(-1)), txn: result.txn, operations });
  };
  await cluster.put("untouched", "since the beginning");
  for (let round = 0; round < 24; round += 1) {
    await Promise.all([one(), one(), one(), one()]);
    if (retainedChanges === undefined || round % 8 < 7) continue;
    // Changes can leave once their data is in its place, at the latest when it is opened again.
    await cluster.close();
    cluster = await open({ data, settings });
  }
  // A commit is acknowledged before every replica has heard of it.
  await quiet(cluster);
  await cluster.close();
  return committed.sort((left, right) => left.position - right.position);
}

function checkSteps(t: Test, history: History, committed: readonly Committed[]): void {
  const draw = drawing(11);
  const { first, last } = history.past;
  for (let tries = 0; tries < 40; tries += 1) {
    const position = first + draw(last - first + 1);
    const moment = history.at({ step: history.stepAt(position), prefix: "k", limit: 100 });
    const unknown = new Set(moment.values.flatMap((one) => (one.state === "unknown" ? [String(one.key)] : [])));
    const expected = [...valuesAfter(committed, position)]
      .filter(([key]) => !unknown.has(key))
      .map(([key, [value, txn]]) => [key, value, txn])
      .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));
    t.same(present(moment.values), expected, `after position ${position}`);
  }
}

t.test("every key after random positions is what the transactions before made of it", async (t) => {
  const data = join(root, "whole");
  const committed = await commitMany(data);
  const before = readFileSync(join(data, "nodes", "n1", "lmdb", "data.mdb"));
  const history = await historyOfFolder(data);
  t.match(history.past, { source: "logs", complete: true, inDoubt: [], locks: [], first: 1 });
  t.equal(history.past.steps, committed.length + 1, "and the one that is never touched again");
  t.match(history.past.nodes, [
    { id: "c1", role: "coordinator", state: "whole" },
    { id: "n1", state: "whole", lacks: 0, position: committed.at(-1)?.position },
    { id: "n2", lacks: 0 },
    { id: "n3", lacks: 0 },
  ]);
  checkSteps(t, history, committed);
  t.equal(present(history.at({ step: 0 }).values).length, 0, "at first there was nothing");
  const first = present(history.at({ step: 1 }).values);
  t.match(first, [["untouched", "since the beginning"]]);
  const page = history.at({ step: history.past.steps, prefix: "k", limit: 3 });
  const rest = history.at({
    step: history.past.steps,
    prefix: "k",
    ...(page.next !== undefined && { from: page.next }),
  });
  const whole = history.at({ step: history.past.steps, prefix: "k" });
  t.same([...page.values, ...rest.values], whole.values, "page by page");
  for (const step of [-1, 1.5, 1e9]) t.throws(() => history.at({ step }), { code: "invalid" });
  t.throws(() => history.stepAt(1e9), { code: "invalid" });
  const listed = history.transactions({ limit: 5000 });
  t.same(
    listed
      .filter(({ outcome }) => outcome === "committed")
      .map(({ txn }) => txn)
      .reverse()
      .slice(1),
    committed.map(({ txn }) => txn),
    "newest first",
  );
  t.ok(listed.some(({ outcome, why }) => outcome === "aborted" && why !== undefined));
  const [newest] = listed;
  t.match(history.trace(newest?.txn ?? ""), { source: "logs", txn: newest?.txn });
  t.throws(() => history.trace("nothing"), { code: "not-found" });
  for (const one of [listed[3], listed.find(({ outcome }) => outcome === "aborted")]) {
    const txn = one?.txn ?? "";
    const alone = await traceOfFolder(data, txn);
    t.same(alone.trace, history.trace(txn), "read alone it is the same");
    t.same(
      alone.nodes.map(({ state }) => state),
      ["whole", "whole", "whole", "whole"],
    );
  }
  await t.rejects(traceOfFolder(data, "nothing"), { code: "not-found" });
  t.same(readFileSync(join(data, "nodes", "n1", "lmdb", "data.mdb")), before, "nothing was changed");
});

t.test("what has left the retention is said to be unknown, and never guessed", async (t) => {
  const data = join(root, "short");
  const committed = await commitMany(data, 20);
  const history = await historyOfFolder(data);
  t.equal(history.past.complete, false);
  t.ok(history.past.steps < committed.length);
  checkSteps(t, history, committed);
  const first = history.at({ step: 0, limit: 100 });
  t.ok(first.values.some(({ state }) => state === "unknown"));
  t.match(
    first.values.find(({ key }) => key === "untouched"),
    { state: "present", value: "since the beginning" },
  );
  t.throws(() => history.stepAt(1), { code: "invalid" });
});

t.test("a crash in the middle of transactions, a replica that is behind, damage, and who is in use", async (t) => {
  const data = join(root, "crashed");
  const cluster = await open({ data, chaos: true });
  await cluster.put("fine", 1);
  await t.rejects(historyOfFolder(data), { code: "in-use" });
  await quiet(cluster);
  await cluster.crash("n3", { at: "before-ack", restart: false });
  const behind = await cluster.put("behind", 2);
  await until("it is down", async () => (await cluster.status()).nodes.some(({ state }) => state === "held"));
  await cluster.restart("n3");
  await quiet(cluster);
  await cluster.crash("n3", { at: "before-ack", restart: false });
  const last = await cluster.put("last", 3);
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const blocked = await cluster.transact([{ op: "put", key: ["a", 1], value: 4 }], { deadlineMs: 300 });
  await until("it is down", async () =>
    (await cluster.status()).nodes.some(({ id, state }) => id === "c1" && state === "held"),
  );
  await cluster.close();
  t.match(blocked.outcome, /unknown|aborted/);
  const history = await historyOfFolder(data);
  t.match(
    history.past.inDoubt.find(({ txn }) => txn === last.txn),
    {
      keys: ["last"],
      logs: { c1: /committed/, n1: "committed", n3: "promised" },
    },
  );
  t.match(history.past.nodes.at(-1), { id: "n3", locks: 1, lacks: 1 }, "it has not heard of the last commit");
  t.match(
    history.past.locks.find(({ node }) => node === "n3"),
    { txn: last.txn, writes: ["last"] },
  );
  t.match(history.at({ step: history.past.steps }).nodes.at(-1), { id: "n3", lacks: 1 });
  t.same(
    history.transactions({ outcome: "committed" }).map(({ keys }) => keys),
    [["behind"], ["fine"]],
  );
  t.match(history.transactions({ outcome: "undecided" }).at(-1), { txn: last.txn }, "n3 waits");
  t.match(
    history
      .trace(behind.txn)
      .steps.map(({ node }) => node)
      .sort(),
    ["c1", "n1", "n2", "n3"],
  );
  truncateSync(join(data, "nodes", "n1", "lmdb", "data.mdb"), 100);
  const damaged = await historyOfFolder(data);
  t.match(damaged.past.nodes[1], { id: "n1", state: "unreadable", problems: [/was cut/] });
  const rest = present(damaged.at({ step: damaged.past.steps }).values);
  t.same(rest.map(([key]) => key).sort(), ["behind", "fine", "last"]);
  await t.rejects(historyOfFolder(join(root, "nowhere")), { code: "no-cluster" });
});
