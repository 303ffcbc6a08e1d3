/** Constraints as they are asked for: over a link and HTTP, beside validators, and what is refused. */

import t from "tap";
import type { ConstraintRules } from "../../runtime/constraint-api.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { serve } from "../../runtime/gateway/server.js";
import { COMMITTED, opened, violated } from "./constrained.js";

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

t.test("a validator has no say about constraints, and constraints come before it", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.validate("n1", { rule: "no-next" });
  await cluster.validate("n2", () => "never");
  t.match(await cluster.constrain("a/", { min: 0 }), COMMITTED);
  t.match(await cluster.put("a/1", -1), violated("a/1", "min 0 on a/"));
  t.match(await cluster.put("a/1", 1), { outcome: "aborted", why: { code: "vetoed" } });
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
    ["\u0000", { min: 0 }, /as only the cluster.s own keys/],
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
