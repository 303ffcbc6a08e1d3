/** Constraints on real clusters: under both protocols, under load, over crashes and restarts. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Result } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { COMMITTED, opened, violated } from "./constrained.js";

for (const protocol of ["2pc", "3pc"] as const) {
  t.test(`${protocol}: transfers between accounts, never below zero`, async (t) => {
    const cluster = await opened(t, { temporary: true, protocol });
    const accounts = ["a", "b", "c"].map((name) => `accounts/${name}`);
    await cluster.transact(accounts.map((key) => ({ op: "put", key, value: 3 })));
    t.match(await cluster.constrain("accounts/", { min: 0, type: "number" }), COMMITTED);
    const ends = new Map<string, number>();
    const transfer = async (index: number) => {
      const [from = "", to = ""] = [accounts[index % 3], accounts[(index + 1 + (index % 2)) % 3]];
      const result = await cluster.transact([
        { op: "add", key: from, delta: -2 },
        { op: "add", key: to, delta: 2 },
      ]);
      const end = "why" in result ? result.why.code : result.outcome;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    };
    const client = async (first: number) => {
      for (let index = 0; index < 40; index += 1) await transfer(first + index);
    };
    await Promise.all([client(0), client(1), client(2)]);
    const values = await Promise.all(accounts.map(async (key) => Number((await cluster.get(key)).value)));
    t.equal(
      values.reduce((sum, value) => sum + value, 0),
      9,
    );
    t.ok(values.every((value) => value >= 0));
    t.same(
      [...ends.keys()].filter((end) => !["committed", "conflict", "constraint"].includes(end)),
      [],
    );
    const last = await cluster.transact([{ op: "add", key: "accounts/a", delta: -10 }]);
    t.match(last, violated("accounts/a", "min 0 on accounts/"), "nobody has so much");
  });
}

t.test("a constraint outlives nodes and programs", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data, replicas: 2, chaos: true });
  await cluster.constrain("a/", { min: 0 });
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  t.match(await cluster.put("a/1", -1), violated("a/1", "min 0 on a/"));
  await cluster.close();
  const again = await opened(t, { data });
  t.same(await again.constraints(), [{ prefix: "a/", min: 0 }]);
  t.match(await again.put("a/1", -1), violated("a/1", "min 0 on a/"));
  t.same(await again.keys(), [], "it is no key of a user");
  t.match(await again.verify(), { whole: true, nodes: [{}, { keys: 0 }, { keys: 0 }] });
  t.match((await again.status()).nodes, [{}, { details: { keys: 0 } }, {}]);
});

t.test("a replica that comes back to an up-set judges by what changed meanwhile, alone too", async (t) => {
  const cluster = await opened(t, { temporary: true, membership: "up-set" });
  await cluster.constrain("a/", { min: 0 });
  await cluster.crash("n2", { restart: false });
  const commits = async (change: Promise<Result>) => (await change).outcome === "committed";
  await until("the other one has heard of it", () => commits(cluster.constrain("a/", { max: 9 })));
  t.match(await cluster.unconstrain("a/", ["min"]), COMMITTED);
  await cluster.restart("n2");
  await cluster.crash("n1", { restart: false });
  await until("it serves alone", () => commits(cluster.put("a/1", -1)));
  t.match(await cluster.put("a/1", 10), { why: { code: "constraint", node: "n2", constraint: "max 9 on a/" } });
});

t.test("it is changed while others write, and holds for all that they leave", async (t) => {
  const cluster = await opened(t, { temporary: true });
  let isOver = false;
  const results: Result[] = [];
  const client = async (name: number) => {
    for (let value = 0; !isOver; value += 1) results.push(await cluster.put(`a/${name}.${value % 5}`, value % 20));
  };
  await cluster.put("a/high", 19); // above 5, however few of the clients' values are there when that is asked for
  const clients = [1, 2].map(client);
  const changes: Result[] = [];
  for (const max of [30, 25, 20]) changes.push(await cluster.constrain("a/", { max }, { deadlineMs: 10_000 }));
  changes.push(await cluster.constrain("a/", { max: 5 }, { deadlineMs: 300 }));
  isOver = true;
  await Promise.all(clients);
  t.match(changes.slice(0, 3), [COMMITTED, COMMITTED, COMMITTED]);
  t.match(changes.at(-1), { outcome: "aborted" }, "more than that is there, or somebody always writes");
  t.same(await cluster.constraints(), [{ prefix: "a/", max: 20 }]);
  t.ok(results.some(({ outcome }) => outcome === "committed"));
});
