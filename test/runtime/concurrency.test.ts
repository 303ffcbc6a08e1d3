/** Many clients at once: who wins, who is told whom he lost to, and that nothing is counted twice. */

import t, { type Test } from "tap";
import { settle } from "../../cli/torture/settle.js";
import type { Cluster, Result } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { violations } from "../crash/invariants.js";
import { Load } from "../crash/load.js";

async function cluster(t: Test, options: Parameters<typeof open>[0] = {}): Promise<Cluster> {
  const opened = await open({ temporary: true, ...options });
  t.teardown(() => opened.close());
  return opened;
}

t.test("of many writers on one key at least one commits, and every loser names the winner", async (t) => {
  const one = await cluster(t);
  for (let round = 0; round < 20; round += 1) {
    const ids = Array.from({ length: 32 }, (_, writer) => `round-${round}-${writer}`);
    const results = await Promise.all(ids.map((id) => one.put("contended", id, { id })));
    const winners = results.filter(({ outcome }) => outcome === "committed").map(({ txn }) => txn);
    const losers = results.filter((result) => result.outcome !== "committed");
    if (winners.length === 0) t.fail(`nobody won round ${round}`);
    for (const loser of losers) checkLoser(t, loser, ids);
    const { version = "" } = await one.get("contended");
    if (!winners.includes(version)) t.fail(`${version} is the last writer of round ${round} but did not commit`);
  }
  t.equal(await settle(one), undefined);
});

function checkLoser(t: Test, loser: Result, ids: readonly string[]): void {
  const { outcome, txn } = loser;
  const why = outcome === "committed" ? undefined : loser.why;
  if (outcome !== "aborted" || why?.code !== "conflict" || why.key !== "contended") {
    t.fail(`${txn} lost without a conflict`, { found: loser });
  }
  if (why?.winner === undefined || why.winner === txn || !ids.includes(why.winner)) {
    t.fail(`${txn} lost to ${why?.winner}`, { found: loser });
  }
}

t.test("writers of one key through several coordinators agree, and the losers name real transactions", async (t) => {
  const several = await cluster(t, { coordinators: 3 });
  const load = new Load(several, { most: 400 });
  await load.finished();
  t.same(await violations(several, load.history), [], "they agree");
  const known: string[] = [];
  let committed = 0;
  for (let round = 0; round < 20; round += 1) {
    const ids = Array.from({ length: 16 }, (_, writer) => `round-${round}-${writer}`);
    known.push(...ids);
    const results = await Promise.all(ids.map((id) => several.put("contended", id, { id })));
    committed += results.filter(({ outcome }) => outcome === "committed").length;
    for (const result of results) if (result.outcome !== "committed") checkLoser(t, result, known);
  }
  t.ok(committed > 0, `${committed} committed`);
  const nodes = (await several.status()).nodes.filter(({ role }) => role === "coordinator");
  t.ok(
    nodes.every(({ details }) => (details?.outcomes ?? 0) > 0),
    "every coordinator led some",
  );
});

t.test("one id from four callers at once is executed once, and all hear the same", async (t) => {
  const one = await cluster(t);
  for (let round = 0; round < 25; round += 1) {
    const id = `same-${round}`;
    const add = () => one.transact([{ op: "add", key: "sum", delta: 1 }], { id });
    const results = await Promise.all([add(), add(), add(), add()]);
    t.same(new Set(results.map(({ outcome }) => outcome)), new Set(["committed"]));
    t.match(await add(), { outcome: "committed", txn: id }, "and so does who asks later");
  }
  t.equal((await one.get("sum")).value, 25);
  t.match(await one.transact([{ op: "add", key: "sum", delta: 2 }], { id: "same-0" }), {
    outcome: "aborted",
    why: { code: "id-reused" },
  });
  t.equal((await one.get("sum")).value, 25);
});

t.test("an aborted id stays aborted, also for who asks again with it", async (t) => {
  const one = await cluster(t);
  const create = () => one.put("new", 1, { id: "create", checks: [{ key: "new", is: "exists" }] });
  t.match(await create(), { outcome: "aborted", why: { code: "check-failed", key: "new" } });
  await one.put("new", 0);
  t.match(await create(), { outcome: "aborted", why: { code: "check-failed" } });
  t.equal((await one.get("new")).value, 0);
});

t.test("an id that committed is never called aborted, also while its coordinator is down", async (t) => {
  const one = await cluster(t, { chaos: true });
  const serving = await serve(one, { port: 0, chaos: true });
  t.teardown(() => serving.close());
  const link = await connect(serving.url);
  t.teardown(() => link.close());
  for (const place of [one, link]) await place.put("a", 1, { id: "again" });
  await one.crash("c1", { restart: false });
  for (const place of [one, link]) {
    const again = await place.put("a", 1, { id: "again" });
    t.match(again, { outcome: "unknown", txn: "again", why: { code: "unavailable", node: "c1" } });
    const fresh = await place.put("a", 2);
    t.match(fresh, { outcome: "aborted", why: { code: "unavailable", node: "c1" } }, "a new one certainly did not run");
  }
  await one.restart("c1");
  for (const place of [one, link]) t.match(await place.put("a", 1, { id: "again" }), { outcome: "committed" });
});

t.test("additions of many clients are all in the sum", async (t) => {
  const one = await cluster(t);
  const client = async () => {
    let sum = 0;
    for (let addition = 0; addition < 25; addition += 1) {
      const delta = addition % 3 === 0 ? -2 : 5;
      const { outcome } = await one.transact([
        { op: "add", key: "sum", delta },
        { op: "add", key: `sum-${addition % 4}`, delta: -delta },
      ]);
      if (outcome === "committed") sum += delta;
    }
    return sum;
  };
  const sums = await Promise.all(Array.from({ length: 16 }, client));
  const wanted = sums.reduce((total, sum) => total + sum, 0);
  const parts = await Promise.all([0, 1, 2, 3].map((part) => one.get(`sum-${part}`)));
  t.equal((await one.get("sum")).value, wanted);
  const negative = parts.reduce((total, { value }) => total + Number(value ?? 0), 0);
  t.equal(negative + wanted, 0, "every transaction took effect as a whole");
});

t.test("a reader never sees half of a transaction, nor an older value than before", async (t) => {
  const one = await cluster(t);
  let done = false;
  const writer = async () => {
    for (let round = 1; round <= 150; round += 1) await one.transact([{ op: "put", key: "x", value: round }]);
    done = true;
  };
  const reader = async () => {
    let last = 0;
    while (!done) {
      const { value = 0, waited } = await one.get("x");
      if (Number(value) < last) t.fail(`read ${JSON.stringify(value)} after ${last} (waited: ${waited})`);
      last = Number(value);
    }
    return last;
  };
  const [, ...last] = await Promise.all([writer(), reader(), reader(), reader()]);
  t.ok(last.every((value) => value > 0));
  t.equal((await one.get("x")).value, 150);
});

t.test("outcomes beyond the retention are expired, never wrong, and logs stay bounded", async (t) => {
  const data = t.testdir();
  const settings = { retainedOutcomes: 50 };
  const bounded = await cluster(t, { data, temporary: false, settings });
  const ids: string[] = [];
  for (let batch = 0; batch < 20; batch += 1) {
    const results = await Promise.all(Array.from({ length: 50 }, (_, key) => bounded.put(`k${key}`, batch)));
    ids.push(...results.map(({ txn }) => txn));
  }
  const [oldest = ""] = ids;
  const newest = ids.at(-1) ?? "";
  const check = async (from: Cluster) => {
    t.match(await from.outcome(oldest), { outcome: "expired" });
    t.match(await from.outcome(newest), { outcome: "committed" });
    t.match(await from.put("k1", "again", { id: oldest }), { outcome: "unknown", why: { code: "expired" } });
    t.equal((await from.get("k1")).value, 19, "an expired id is not run again");
    for (const { id, details } of (await from.status()).nodes) {
      t.ok((details?.logRecords ?? 9999) < 700, `${id} keeps ${details?.logRecords} log records`);
      t.ok((details?.outcomes ?? 9999) < 700, `${id} keeps ${details?.outcomes} outcomes`);
    }
  };
  await check(bounded);
  await bounded.close();
  const again = await cluster(t, { data, temporary: false, settings });
  await check(again);
  t.match(await again.put("k1", "fresh"), { outcome: "committed" });
});
