/** The connection behind `connect`: the whole interface over one socket, within its limits, and only what is allowed. */

import { request } from "node:http";
import t from "tap";
import { LINK_VERSION } from "../../runtime/gateway/link-wire.js";
import { serve } from "../../runtime/gateway/server.js";
import { encodeFrame } from "../../runtime/transport/frames.js";
import { linked, passing, rawLink, startLinks } from "./link-session.js";

/** For thousands of calls at once, on a machine that does other things besides. */
const PATIENT = { deadlineMs: 60_000 };

const { cluster, serving } = await startLinks();

t.test("the whole interface", async (t) => {
  const link = await linked(t, serving.url);
  const value = JSON.parse('{"__proto__":{"constructor":[1,null,"ä"]}}');
  t.match(await link.put("a", value), { outcome: "committed", txn: /^[0-9A-Z]{26}$/ });
  const read = await link.get("a");
  t.equal(JSON.stringify(read.value), JSON.stringify(value));
  t.strictSame(read, {
    ...(await cluster.get("a", { replica: read.replica })),
    value: read.value,
    waited: read.waited,
    // How far a replica has come may change between two reads.
    position: read.position,
  });
  const missing = await link.get("missing", { read: "committed", replica: "n2" });
  t.match(missing, { key: "missing", value: undefined, version: undefined, replica: "n2", read: "committed" });
  const operations = [
    { op: "put", key: "bytes", value: new Uint8Array([0, 255]) },
    { op: "add", key: "count", delta: 3 },
  ] as const;
  const checks = [{ key: "a", is: "equals", value }] as const;
  t.match(await link.transact(operations, { id: "by name", checks, deadlineMs: 3000 }), { txn: "by name" });
  t.strictSame((await link.get("bytes")).value, new Uint8Array([0, 255]));
  t.match(await link.transact([], { checks: [{ key: "bytes", is: "equals", value: new Uint8Array([0, 255]) }] }), {
    outcome: "committed",
  });
  t.strictSame(await link.outcome("by name"), { outcome: "committed", txn: "by name" });
  t.strictSame(await link.outcome("nobody"), { outcome: "not-found", txn: "nobody" });
  t.match(await link.del("a"), { outcome: "committed" });
  // A listing shows what one replica has applied, which may be a moment behind the answer.
  while ((await link.keys("", 1))[0] === "a") await passing(5);
  t.strictSame(await link.keys("", 2), ["bytes", "count"]);
  t.strictSame(await link.keys("cou"), ["count"]);
  t.strictSame(await link.locks(), []);
  t.match(await link.log("n1", 1), [{}]);
  t.match(await link.status(), { nodes: [{ state: "up" }], inDoubt: [] });
});

t.test("an abort is a result, bad input a rejection, and both have words", async (t) => {
  const link = await linked(t, serving.url);
  await link.put("taken", 1);
  const absent = await link.put("taken", 2, { checks: [{ key: "taken", is: "absent" }] });
  t.match(absent, { outcome: "aborted", why: { code: "check-failed", key: "taken", node: /^n/ } });
  await t.rejects(link.put("", 1), { code: "invalid", message: /must not be empty/ });
  await t.rejects(link.put("a", Number.NaN), { code: "invalid", message: /NaN/ });
  await t.rejects(link.transact([]), { code: "invalid", message: /at least one/ });
  await t.rejects(link.get("a", { replica: "n9" }), { code: "no-such-node", definite: true });
  await t.rejects(link.log("n9"), { code: /./ });
  await t.rejects(link.restart("n9"), { code: "no-such-node" });
  t.match(await link.get("taken"), { value: 1 });
});

t.test("thousands of calls share one connection", async (t) => {
  const link = await linked(t, serving.url);
  const results = await Promise.all(
    Array.from({ length: 2000 }, (_, index) => link.put(`many:${index}`, index, PATIENT)),
  );
  t.ok(results.every(({ outcome }) => outcome === "committed"));
  const reads = await Promise.all(Array.from({ length: 2000 }, (_, index) => link.get(`many:${index}`, PATIENT)));
  t.ok(reads.every(({ value }, index) => value === index));
  t.equal(new Set(results.map(({ txn }) => txn)).size, 2000);
  const large = "x".repeat(1024 * 1024 - 2);
  const writes = await Promise.all(
    Array.from({ length: 24 }, (_, index) => link.put(`large:${index}`, large, PATIENT)),
  );
  t.same(
    writes.filter(({ outcome }) => outcome !== "committed"),
    [],
    "more in one turn than fits in a frame",
  );
  const back = await Promise.all(Array.from({ length: 24 }, (_, index) => link.get(`large:${index}`, PATIENT)));
  t.ok(back.every(({ value }) => value === large));
});

t.test("calls of one turn go in one frame, and so do their answers", async (t) => {
  const { socket, next } = await rawLink(t, serving.port);
  t.match(await next(), { ayes: LINK_VERSION, cluster: String });
  const calls = Array.from({ length: 50 }, (_, id) => ({ id, method: "snapshot", args: [{ keys: ["absent"] }] }));
  socket.write(encodeFrame(calls));
  let frames = 0;
  for (let replies = 0; replies < calls.length; frames += 1) replies += ((await next()) as unknown[]).length;
  t.ok(frames <= 10, `${frames} frames for 50 answers`);
});

t.test("bad calls are refused one by one", async (t) => {
  const { socket, next } = await rawLink(t, serving.port);
  await next();
  const put = (value: unknown) => ({ op: "put", key: "a", value });
  const bad: [string, unknown[], string, RegExp][] = [
    ["close", [], "invalid", /unknown method "close"/],
    ["__proto__", [], "invalid", /unknown method/],
    ["snapshot", [], "invalid", /query must be an object/],
    ["snapshot", [{}], "invalid", /nothing to read/],
    ["snapshot", [{ keys: [""] }], "invalid", /must not be empty/],
    ["snapshot", [{ keys: "a" }], "invalid", /must be an array/],
    ["snapshot", [{ keys: ["a"] }, 1], "invalid", /options must be an object/],
    ["snapshot", [{ keys: ["a"], held: [{ is: "equals", key: "a", value: "?" }] }], "invalid", /is not JSON/],
    ["snapshot", [{ scans: [{ limit: 0 }] }], "invalid", /limit must be an integer from 1 to 10000/],
    ["transact", [[put(1)]], "invalid", /JSON text or bytes/],
    ["transact", [[put("{")]], "invalid", /is not JSON/],
    ["transact", [[put("[".repeat(100_000) + "]".repeat(100_000))]], "invalid", /deeper than 256/],
    ["transact", [[put(`"${"x".repeat(1024 * 1024)}"`)]], "too-large", /1 MiB/],
    ["transact", [[put("1")], { ttl: 1 }], "invalid", /unknown field "ttl"/],
    ["transact", [{}], "invalid", /must be an array/],
    ["transact", [[{ op: "del", key: "a" }], { checks: [{ is: "equals", key: "a", value: "?" }] }], "invalid", /JSON/],
    ["outcome", [7], "invalid", /id must be a string/],
    ["keys", ["", -1], "invalid", /limit/],
    ["log", [{}], "invalid", /name of a node/],
    ["crash", ["n1", { at: "never" }], "invalid", /known: partial-vote-request/],
    ["validate", ["n1", "always"], "invalid", /validator must be an object/],
    ["validate", ["n1", { rule: "outside" }], "invalid", /known: always/],
    ["validator", ["n9"], "no-such-node", /no node n9 that votes/],
  ];
  for (const [id, [method, args, code, says]] of bad.entries()) {
    socket.write(encodeFrame([{ id, method, args }]));
    t.match(await next(), [{ id, error: { code, detail: says } }], `${method}: ${says}`);
  }
  socket.write(encodeFrame([{ id: 99, method: "snapshot", args: [{ keys: ["a"] }] }]));
  t.match(await next(), [{ id: 99, ok: { entries: [{ key: "a" }] } }], "and the next one is served");
});

t.test("a bad frame ends the link and changes nothing", async (t) => {
  const { version } = await cluster.get("safe");
  const good = encodeFrame([{ id: 1, method: "transact", args: [[{ op: "put", key: "safe", value: "1" }]] }]);
  const damaged = Buffer.from(good);
  damaged[damaged.length - 1] = 0;
  const long = Buffer.from("ffffffff0000000000000000", "hex");
  const shapes = [{}, [1], [null], [{ id: "1", method: "status", args: [] }], [{ id: 1, method: "status" }]].map(
    encodeFrame,
  );
  for (const frame of [damaged, long, ...shapes]) {
    const { socket, next } = await rawLink(t, serving.port);
    await next();
    socket.write(frame);
    t.equal(await next().catch(() => undefined), undefined, "the link has ended");
  }
  t.equal((await cluster.get("safe")).version, version);
  const link = await linked(t, serving.url);
  t.match(await link.put("safe", 2), { outcome: "committed" }, "others are served");
});

t.test("more calls than one connection may have are refused", async (t) => {
  const { socket, next } = await rawLink(t, serving.port);
  await next();
  socket.write(
    encodeFrame(Array.from({ length: 5000 }, (_, id) => ({ id, method: "snapshot", args: [{ keys: ["a"] }] }))),
  );
  const replies: { error?: { code: string } }[] = [];
  while (replies.length < 5000) replies.push(...((await next()) as typeof replies));
  t.equal(replies.filter(({ error }) => error?.code === "overloaded").length, 5000 - 4096);
  t.equal(replies.filter(({ error }) => error === undefined).length, 4096);
});

t.test("only our own upgrade is served, and only to ourselves", async (t) => {
  const ask = (headers: Record<string, string>, path = "/v1/link") =>
    new Promise<number | undefined>((resolve, reject) => {
      const attempt = request({ host: "127.0.0.1", port: serving.port, path, agent: false, headers });
      attempt.once("response", ({ statusCode }) => resolve(statusCode));
      attempt.once("upgrade", (_, socket) => {
        socket.destroy();
        resolve(101);
      });
      attempt.once("error", reject);
      attempt.end();
    });
  const upgrade = { connection: "Upgrade", upgrade: "ayes" };
  t.equal(await ask(upgrade), 101);
  t.equal(await ask({ ...upgrade, upgrade: "websocket" }), 400);
  t.equal(await ask(upgrade, "/v1/status"), 400);
  t.equal(await ask({ ...upgrade, host: "evil.example" }), 403);
  t.equal(await ask({}), 404);
});

t.test("rules cross a link, functions do not", async (t) => {
  const link = await linked(t, serving.url);
  const rule = { rule: "create-only", keys: "log/*" } as const;
  t.same(await link.validate("n1", rule), rule);
  t.same(await link.validator("n1"), rule);
  t.match(await link.put("log/1", 1), { outcome: "committed" });
  const why = {
    code: "vetoed",
    node: "n1",
    key: "log/1",
    detail: "create-only log/*: it would become 2, and the key exists",
  };
  t.match(await link.put("log/1", 2), { outcome: "aborted", why });
  const detail = /a function can only judge in the program that opened the cluster/;
  await t.rejects(
    link.validate("n1", () => true),
    { code: "invalid", message: detail },
  );
  await t.rejects(link.validate("n1", { rule: "max-value-bytes", bytes: -1 }), { code: "invalid" });
  await t.rejects(link.validate("c1", rule), { code: "invalid", message: /c1 never votes/ });
  t.same(await link.validator("n1"), rule);
  t.same(await link.validate("n1", { rule: "always" }), { rule: "always" });
});

t.test("faults pass only where they are allowed", async (t) => {
  const quiet = await serve(cluster, { port: 0, chaos: false });
  t.teardown(() => quiet.close());
  const link = await linked(t, quiet.url);
  await t.rejects(link.crash("n1"), { code: "no-chaos" });
  await t.rejects(link.restart("n1"), { code: "no-chaos" });
  const chaotic = await linked(t, serving.url);
  await chaotic.crash("n1", { restart: false });
  t.match(await link.put("a", 1), { outcome: "aborted", why: { code: "unavailable", node: "n1" } });
  await chaotic.restart("n1");
  t.match(await link.put("a", 1), { outcome: "committed" });
});
