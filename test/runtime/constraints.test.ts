/** Constraints on real clusters: under both protocols, under load, over crashes and restarts, and what is refused. */

import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, Result } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { ConstraintRules } from "../../runtime/constraint-api.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { serve } from "../../runtime/gateway/server.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import { temporaryFolder } from "../storage/folder.js";

const COMMITTED = { outcome: "committed" } as const;

async function opened(t: Test, options: OpenOptions): Promise<Cluster> {
  const cluster = await open({ replicas: 2, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

function violated(key: string, constraint: string, detail?: string): object {
  return { outcome: "aborted", why: { code: "constraint", key, constraint, ...(detail !== undefined && { detail }) } };
}

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

t.test("over a link and HTTP it is the same", async (t) => {
  const cluster = await opened(t, { temporary: true });
  const serving = await serve(cluster, { port: 0, chaos: false });
  const link = await connectLink(serving.url);
  t.teardown(async () => {
    link.close();
    await serving.close();
  });
  const shape = { type: "object", required: ["name"] };
  t.match(await link.constrain("users/", { shape, maxBytes: 50 }), COMMITTED);
  t.match(
    await link.put("users/1", {}),
    violated("users/1", "shape on users/", "it would become {}: it must have required property 'name'"),
  );
  t.match(await cluster.put("users/1", { name: "x".repeat(50) }), violated("users/1", "max-bytes 50 on users/"));
  const url = `${serving.url}/v1/constraints`;
  const http = async (method: string, query = "", body?: object) => {
    const answer = await fetch(url + query, { method, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  t.match(await http("PUT", "?protocol=3pc", { prefix: "log/", createOnly: true }), { status: 200, body: COMMITTED });
  const constraints = [
    { prefix: "log/", createOnly: true },
    { prefix: "users/", maxBytes: 50, shape },
  ];
  t.same(await http("GET"), { status: 200, body: { constraints } });
  t.same(await link.constraints(), constraints);
  await link.put("log/1", 1);
  t.match(await link.del("log/1"), violated("log/1", "create-only on log/", "it would be deleted, and the key exists"));
  const refused = await fetch(`${serving.url}/v1/keys/log/1`, { method: "PUT", body: "2" });
  t.equal(refused.status, 409);
  const error = { code: "constraint", key: "log/1", constraint: "create-only on log/" };
  t.match(await refused.json(), { outcome: "aborted", error });
  t.match(await http("DELETE", "?prefix=users/&kinds=maxBytes"), { status: 200, body: COMMITTED });
  t.match(await http("DELETE", "?prefix=users/&kinds=maxBytes"), { status: 404 });
  t.match(await link.unconstrain("users/"), COMMITTED);
  await t.rejects(link.unconstrain("users/"), { code: "not-found" });
  t.match(await link.unconstrain("log/", ["createOnly"], { deadlineMs: 1000 }), COMMITTED);
  t.same(await http("GET"), { status: 200, body: { constraints: [] } });
  for (const body of [
    {},
    { prefix: "a" },
    { min: 0 },
    { prefix: "a", min: "0" },
    { prefix: "a", mim: 0 },
    { prefix: 1, min: 0 },
  ]) {
    t.match(await http("PUT", "", body), { status: 400, body: { error: { code: "invalid" } } });
  }
  t.match(await http("PUT", "?deadline=1", { prefix: "a", min: 0 }), { status: 400 });
  t.match(await http("DELETE"), { status: 400 });
  t.match(await http("DELETE", "?prefix=a&kinds="), { status: 400 });
});

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

t.test("what is there already is named, and what is bad input changes nothing", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.transact([1, 2, 3, 4, 5, 6, 7].map((index) => ({ op: "put", key: `a/${index}`, value: -index })));
  const detail = 'it does not hold for "a/1", "a/2", "a/3", "a/4", "a/5" and 2 more';
  t.match(await cluster.constrain("", { min: 0 }), violated("a/1", "min 0 on all keys", detail));
  const bad: [unknown, unknown, RegExp][] = [
    ["a/", {}, /the rules demand nothing/],
    ["a/", undefined, /the rules must be an object/],
    ["a/", { min: Number.NaN }, /min must be a number/],
    ["a/", { min: 2, max: 1 }, /no number is at least 2 and at most 1/],
    ["a/", { type: "text" }, /the type is "text"; known: string/],
    ["a/", { createOnly: false }, /createOnly must be true, not false/],
    ["a/", { maxBytes: -1 }, /maxBytes must be a whole number/],
    ["a/", { shape: { $ref: "http://example.org/" } }, /only references into itself/],
    ["a/", { minimum: 0 }, /unknown field "minimum"/],
    [undefined, { min: 0 }, /the prefix is missing/],
    [3, { min: 0 }, /the prefix must be a string/],
    ["\u0000", { min: 0 }, /as only the cluster's own keys do/],
    ["a\ud800", { min: 0 }, /lone surrogate/],
  ];
  for (const [prefix, rules, message] of bad) {
    await t.rejects(cluster.constrain(prefix as string, rules as ConstraintRules), { code: "invalid", message });
  }
  await t.rejects(cluster.constrain("x".repeat(1025), { min: 0 }), { code: "too-large" });
  await t.rejects(cluster.constrain("a/", { min: 0 }, { deadlineMs: 0 }), { code: "invalid" });
  await t.rejects(cluster.unconstrain("a/", []), { code: "invalid" });
  await t.rejects(cluster.unconstrain("a/", ["minimum" as "min"]), { code: "invalid" });
  await t.rejects(cluster.put("\u0000constraint/min/a/", 0), { code: "invalid", message: /begins with U\+0000/ });
  t.same(await cluster.constraints(), []);
  const longest = "x".repeat(1024);
  t.match(await cluster.constrain(longest, { mustExist: true }), COMMITTED);
  t.match(await cluster.put(longest, 1), violated(longest, `must-exist on ${longest}`));
});
