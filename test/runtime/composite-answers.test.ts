/** Composite keys in a running cluster: they go in as lists everywhere, and every answer names them as lists. */

import t from "tap";
import { rangeVersion } from "../../actors/range.js";
import { until } from "../../cli/torture/polling.js";
import type { Key, Proposal } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import { readShape } from "../../runtime/config.js";
import { serve } from "../../runtime/gateway/server.js";
import { verifyFolder } from "../../runtime/healing/verify-folder.js";
import { checkKey } from "../../runtime/keys.js";
import { openLmdb } from "../../storage/lmdb.js";
import { temporaryFolder } from "../storage/folder.js";

const data = temporaryFolder(t);
const cluster = await open({ data, chaos: true });
const serving = await serve(cluster, { port: 0, chaos: true });
const link = await connect(serving.url);
t.teardown(async () => {
  await link.close();
  await serving.close();
  await cluster.close();
});

const SIDES = [
  ["embedded", cluster],
  ["linked", link],
] as const;

for (const [name, side] of SIDES) {
  t.test(`${name}: reads, writes, checks and listings`, async (t) => {
    const rest: Key[] = [[false], [-2], [10, "x"], [10.5], ["10"]];
    const keys = rest.map((key) => [name, ...key]);
    const puts = keys.toReversed().map((key) => ({ op: "put", key, value: key }) as const);
    t.match(await side.transact([...puts, { op: "put", key: name, value: "text" }]), { outcome: "committed" });
    await until("all is listed", async () => (await side.keys(name)).length === 1);
    t.strictSame(await side.keys([name]), keys, "in order");
    t.strictSame(await side.keys([name, 10]), [[name, 10, "x"]]);
    const all = await side.keys("", 10_000);
    t.ok(all.indexOf(name) > all.findLastIndex((key) => typeof key !== "string"), "before all texts");
    for (const key of keys) t.match(await side.get(key), { key, value: key });
    t.match(await side.get(name), { key: name, value: "text" });
    t.strictSame((await side.get(["gone", -0])).key, ["gone", 0], "also of one that is not there");
    t.match(await side.transact([{ op: "add", key: [name, -2], delta: 1 }]), { why: { key: [name, -2] } });
    const checks = [{ key: [name, 10, "x"], is: "absent" }] as const;
    const refused = await side.put([name, "new"], 1, { checks });
    t.match(refused, { outcome: "aborted", why: { code: "check-failed", key: [name, 10, "x"] } });
    t.match(await side.outcome(refused.txn), { outcome: "aborted", why: { key: [name, 10, "x"] } });
    t.match(await side.del([name, false]), { outcome: "committed" });
    t.equal((await side.get([name, false])).value, undefined);
  });

  t.test(`${name}: several keys, scans and pages`, async (t) => {
    const keys: Key[] = [-1, 0, 1.5, "a", "b"].map((part) => [name, "scan", part]);
    await side.transact(keys.map((key) => ({ op: "put", key, value: String(key) })));
    const entries = keys.map((key) => ({ key, value: String(key) }));
    t.match(await side.read(keys), entries);
    t.match((await side.scan({ prefix: [name, "scan"] })).entries, entries);
    t.match((await side.scan({ start: [name, "scan", 0], end: [name, "scan", "b"] })).entries, entries.slice(1, 4));
    for (const reverse of [false, true]) {
      const found: Key[] = [];
      for await (const { key } of side.scanAll({ prefix: [name, "scan"], limit: 2, reverse })) found.push(key);
      t.strictSame(found, reverse ? keys.toReversed() : keys);
    }
    const { range, version } = await side.scan({ start: [name, "scan"], end: [name, "scan", "b"] });
    t.match(range, { start: [name, "scan"], end: [name, "scan", "b"] });
    const checks = [{ range, is: "rangeUnchanged", version }] as const;
    t.match(await side.put([name, "scan", "b"], 1, { checks }), { outcome: "committed" });
    t.match(await side.put([name, "scan", "a"], 1, { checks }), { outcome: "committed" });
    t.match(await side.put([name, "scan", "a"], 2, { checks }), { outcome: "aborted", why: { code: "check-failed" } });
    const held = [{ key: [name, "scan", 0], is: "absent" }] as const;
    await t.rejects(side.snapshot({ keys, held }), { code: "check-failed", why: { key: [name, "scan", 0] } });
  });

  t.test(`${name}: transaction functions`, async (t) => {
    const [ann, bob, cid]: Key[] = [["ann"], ["bob", 1], ["cid"]].map((parts) => [name, "bank", ...parts]);
    if (!ann || !bob || !cid) return;
    await side.transact([ann, bob].map((key) => ({ op: "put", key, value: 10 })));
    let disturbed = false;
    const result = await side.transaction(async (tx) => {
      const [first, second] = await tx.read([ann, bob]);
      t.same([first?.key, second?.key], [ann, bob]);
      if (!disturbed) await cluster.put(bob, 11);
      disturbed = true;
      tx.put(ann, Number(first?.value) - 1);
      tx.add(bob, 1);
      tx.put(cid, "new");
      t.match(await tx.get(cid), { key: cid, value: "new" });
      const { entries } = await tx.scan({ prefix: [name, "bank"] });
      return entries.map(({ key, value }) => [key, value]);
    });
    const value = [
      [ann, 9],
      [bob, 12],
      [cid, "new"],
    ];
    t.match(result, { outcome: "committed", attempts: 2, value });
    t.match(
      await side.read([ann, bob, cid]),
      value.map(([key, held]) => ({ key, value: held })),
    );
  });

  t.test(`${name}: constraints`, async (t) => {
    const prefix = [name, "limited"];
    t.match(await side.constrain(prefix, { min: 0 }), { outcome: "committed" });
    t.match(await side.constraints(), [{ prefix, min: 0 }]);
    t.match(await side.put([...prefix, 1], 1), { outcome: "committed" });
    const why = { code: "constraint", key: [...prefix, 1], constraint: `min 0 on ${JSON.stringify(prefix)}` };
    t.match(await side.put([...prefix, 1], -1), { outcome: "aborted", why });
    t.match(await side.put([name, "limit"], -1), { outcome: "committed" });
    t.match(await side.unconstrain(prefix), { outcome: "committed" });
    t.same(await side.constraints(), []);
  });

  t.test(`${name}: bad keys`, async (t) => {
    await t.rejects(side.get(["b", Number.NaN]), { code: "invalid", message: /the key\[1\].*NaN/ });
    await t.rejects(side.keys([]), { code: "invalid", message: /the prefix has 0 parts/ });
    await t.rejects(side.put(checkKey(["b"]), 1), { code: "invalid", message: /U\+0001/ });
    await t.rejects(side.keys("\u0000"), { code: "invalid", message: /the cluster's own keys/ });
    const twice = [["b"], ["b"]].map((key) => ({ op: "del", key }) as const);
    await t.rejects(side.transact(twice), { code: "invalid", why: { key: ["b"] } });
  });
}

t.test("a validator sees them", async (t) => {
  const seen: Proposal[] = [];
  await cluster.validate("n1", (proposal) => {
    seen.push(proposal);
    return true;
  });
  const operations = [{ op: "put", key: ["v", 1], value: [2] }] as const;
  const checks = [{ key: ["v", 2], is: "absent" }] as const;
  t.match(await cluster.transact(operations, { id: "seen", checks }), { outcome: "committed" });
  t.same(seen, [{ txn: "seen", node: "n1", operations, checks }]);
  await cluster.validate("n1", { rule: "minimum", keys: "*", least: 0 });
  t.match(await cluster.put(["v", 3], -1), { outcome: "aborted", why: { code: "vetoed", key: ["v", 3] } });
  await cluster.validate("n1", { rule: "always" });
});

t.test("a transaction in doubt: status, locks, logs, and a reader that gives up", async (t) => {
  await cluster.crash("c1", { at: "before-decision", restart: false });
  const range = { start: ["empty", 1], end: ["empty", 2] };
  const checks = [
    { key: ["doubt", true], is: "absent" },
    { range, is: "rangeUnchanged", version: rangeVersion([]) },
  ] as const;
  const waiting = cluster.put(["doubt", 1], 1, { checks, protocol: "2pc" });
  await until("all have promised", async () => (await link.locks()).length === 3);
  const lock = { writes: [["doubt", 1]], reads: [["doubt", true]], ranges: [range] };
  for (const [, side] of SIDES) {
    t.match(await side.locks(), [lock, lock, lock]);
    t.match((await side.status()).inDoubt, [{ keys: [...lock.writes, ...lock.reads] }]);
    t.match((await side.log("n1", 1))[0], {
      kind: "prepared",
      writes: [{ key: ["doubt", 1] }],
      reads: lock.reads,
      ranges: [range],
    });
    await t.rejects(side.get(["doubt", 1], { deadlineMs: 50 }), { code: "blocked", why: { key: ["doubt", 1] } });
  }
  await cluster.restart("c1");
  await waiting;
});

t.test("replicas that differ", async (t) => {
  await link.close();
  await serving.close();
  await cluster.close();
  const { cluster: name } = readShape(data, {});
  const store = openLmdb({ folder: `${data}/nodes/n3`, identity: { cluster: name, node: "n3" }, create: false });
  Array.from(store.replay());
  store.commit({ records: [], writes: [{ key: checkKey(["v", 1]), value: "9", version: "nobody" }] });
  store.close();
  const { whole, differences } = await verifyFolder(data, { what: "", done: 0, of: 0 });
  t.same({ whole, differences }, { whole: false, differences: [{ key: ["v", 1], nodes: ["n3"] }] });
});
