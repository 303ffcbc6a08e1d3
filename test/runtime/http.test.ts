/** The HTTP interface over a real cluster: its table of requests, each with its answers and statuses. */

import t from "tap";
import { serve } from "../../runtime/gateway/server.js";
import { CHAOS, HttpSession } from "./http-session.js";

const http = await HttpSession.start();

t.test("keys", async (t) => {
  t.match(await http.put("a", '{"x":[1,"ä",null]}'), { status: 200, body: { outcome: "committed", txn: String } });
  const { body: read } = await http.send("/v1/keys/a");
  t.match(read, { key: "a", value: { x: [1, "ä", null] }, version: String, replica: /^n/, read: "linearizable" });
  const committed = await http.send("/v1/keys/a?read=committed&replica=n2&deadlineMs=100");
  t.match(committed, { status: 200, body: { replica: "n2", read: "committed" } });
  t.match(await http.put("a?ttlMs=3600000", "1"), { status: 200, body: { outcome: "committed" } });
  await http.refused(t, await http.put("a?ttlMs=0", "1"), 400, /ttlMs must be an integer/);
  t.match(await http.send("/v1/keys/a", { method: "HEAD" }), { status: 200, body: {} });
  t.match(await http.send("/v1/keys/a", { method: "DELETE" }), { status: 200, body: { outcome: "committed" } });
  await http.refused(t, await http.send("/v1/keys/a"), 404, /no such key/);
});

t.test("keys are decoded exactly once", async (t) => {
  const paths: [string, string][] = [
    ["a/b", "a/b"],
    ["a%2Fb", "a/b"],
    ["a%252Fb", "a%2Fb"],
    ["a//b/", "a//b/"],
    ["..", ".."],
    ["x/../y", "x/../y"],
    ["%2e%2e", ".."],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["%C3%A9+%20%0A%00", "é+ \n\0"],
    ["crash", "crash"],
    ["a?deadlineMs=900", "a"],
  ];
  for (const [path, key] of paths) {
    t.match(await http.put(path, JSON.stringify(path)), { status: 200 }, path);
    t.match(await http.send(`/v1/keys/${path}`), { status: 200, body: { key, value: path } }, path);
    t.equal((await http.cluster.get(key)).value, path, `the cluster has it as ${JSON.stringify(key)}`);
  }
  for (const path of ["%", "%zz", "a%2", "%ff", "%ed%a0%80"]) {
    await http.refused(t, await http.put(path, "1"), 400, /percent-encoding/);
    await http.refused(t, await http.send(`/v1/keys/${path}`), 400, /percent-encoding/);
  }
  await http.refused(t, await http.send("/v1/keys/"), 400, /must not be empty/);
  await http.refused(t, await http.send(`/v1/keys/${"x".repeat(1025)}`), 413, /1025 bytes; the limit is 1024/);
});

t.test("composite keys stand as JSON in the query, and as arrays in bodies", async (t) => {
  const at = (key: string) => `/v1/keys?key=${encodeURIComponent(key)}`;
  const value = { body: '"five"', headers: { "content-type": "application/json" } };
  t.match(await http.send(at('["accounts",5]'), { method: "PUT", ...value }), { status: 200 });
  const { body: read } = await http.send(`${at(' ["accounts", 5.0]')}&replica=n1`);
  t.match(read, { key: ["accounts", 5], value: "five", replica: "n1" });
  t.equal((await http.cluster.get(["accounts", 5])).value, "five");
  const operations = [
    { op: "put", key: ["accounts", 6, true], value: 6 },
    { op: "put", key: "accounts", value: 0 },
  ];
  const checks = [{ key: ["accounts", 5], is: "equals", value: "five" }];
  t.match(await http.post("/v1/transactions", { operations, checks }), { status: 200 });
  t.match(await http.send(at('"accounts"')), { body: { key: "accounts", value: 0 } }, "any key");
  const again = await http.post("/v1/transactions", {
    operations: [],
    checks: [{ key: ["accounts", 5], is: "absent" }],
  });
  t.match(again, { status: 409, body: { why: { key: ["accounts", 5] }, error: { key: ["accounts", 5] } } });
  t.match(await http.send(`${at('["accounts",6,true]')}&id=once`, { method: "DELETE" }), { body: { txn: "once" } });
  const gone = await http.send(at('["accounts",6,true]'));
  await http.refused(t, gone, 404, /no such key/);
  t.match(gone.body, { key: ["accounts", 6, true] });
  const bad: [string, RegExp][] = [
    ["/v1/keys", /the parameter key is missing/],
    ["/v1/keys?key=", /the parameter key is empty/],
    ["/v1/keys?key=a", /the parameter key is not JSON/],
    [at("5"), /must be a string or an array, not 5/],
    [at("[]"), /has 0 parts/],
    [at('["a",null]'), /the key\[1\] must be .* not null/],
    [at('["a",12345678901234567890]'), /cannot be held exactly/],
    [`${at('["a"]')}&key=1`, /occurs twice/],
    ["/v1/keys/a?key=1", /unknown parameter/],
    ["/v1/keys/%01sa%00", /begins with U\+0001/],
    ["/v1/keys/%00members", /the cluster's own keys/],
  ];
  for (const [path, says] of bad) await http.refused(t, await http.send(path), 400, says);
});

t.test("bytes", async (t) => {
  const bytes = Buffer.from([0, 255, 128, 10]);
  t.match(await http.put("bytes", bytes, { "content-type": "application/octet-stream" }), { status: 200 });
  t.match(await http.send("/v1/keys/bytes"), {
    status: 200,
    body: { bytes: bytes.toString("base64"), value: undefined },
  });
  t.strictSame((await http.cluster.get("bytes")).value, new Uint8Array(bytes));
  const operations = [{ op: "put", key: "more bytes", bytes: "AP+A" }];
  const checks = [{ key: "bytes", is: "equals", bytes: bytes.toString("base64") }];
  t.match(await http.post("/v1/transactions", { operations, checks }), { status: 200 });
  t.match(await http.send("/v1/keys/more%20bytes"), { body: { bytes: "AP+A" } });
  for (const wrong of ["A", "*", "AP A", "AP-A", 1, null]) {
    const body = { operations: [{ op: "put", key: "k", bytes: wrong }] };
    await http.refused(t, await http.post("/v1/transactions", body), 400, /operations\[0\]\.bytes .*base64/);
  }
  const both = { operations: [{ op: "put", key: "k", bytes: "AA==", value: 1 }] };
  await http.refused(t, await http.post("/v1/transactions", both), 400, /both value and bytes/);
});

t.test("transactions", async (t) => {
  const body = {
    id: "order 1",
    protocol: "2pc",
    deadlineMs: 2000,
    checks: [
      { key: "t:a", is: "absent" },
      { key: "t:b", is: "absent" },
    ],
    operations: [
      { op: "put", key: "t:a", value: 1 },
      { op: "del", key: "t:b" },
      { op: "add", key: "t:c", delta: -5 },
    ],
  };
  t.match(await http.post("/v1/transactions", body), { status: 200, body: { outcome: "committed", txn: "order 1" } });
  t.match(await http.post("/v1/transactions", body), { status: 200 }, "the same id, the same answer");
  t.match(await http.send("/v1/transactions/order%201"), {
    status: 200,
    body: { outcome: "committed", txn: "order 1" },
  });
  t.match(await http.send("/v1/keys/t:c"), { body: { value: -5 } });
  const reused = { ...body, operations: [{ op: "put", key: "t:a", value: 2 }] };
  await http.refused(t, await http.post("/v1/transactions", reused), 409, /./);
  t.match(await http.post("/v1/transactions", reused), { body: { outcome: "aborted", why: { code: "id-reused" } } });
  const failing = await http.post("/v1/transactions", { ...body, id: "order 2" });
  t.match(failing.body, { outcome: "aborted", txn: "order 2", why: { code: "check-failed", key: "t:a", node: /^n/ } });
  await http.refused(t, failing, 409, /./);
  t.match(await http.send("/v1/transactions/order%202"), { status: 200, body: { outcome: "aborted", why: {} } });
  await http.refused(t, await http.send("/v1/transactions/never"), 404, /no transaction/);
  t.match(await http.send("/v1/transactions/never"), { body: { outcome: "not-found", txn: "never" } });
  const checksOnly = { checks: [{ key: "t:a", is: "exists" }], operations: [] };
  t.match(await http.post("/v1/transactions", checksOnly), { status: 200, body: { outcome: "committed" } });
});

t.test("of many writers of one key one commits, and the losers name it", async (t) => {
  const writers = Array.from({ length: 20 }, (_, index) => http.put("contended", String(index)));
  const replies = await Promise.all(writers);
  const winners = replies.filter(({ status }) => status === 200).map(({ body }) => body.txn);
  t.ok(winners.length >= 1);
  for (const { status, body } of replies) {
    if (status === 200) continue;
    t.equal(status, 409);
    t.match(body, { outcome: "aborted", why: { code: "conflict", key: "contended", winner: String } });
  }
});

t.test("status, pages and methods", async (t) => {
  const { status, body } = await http.send("/v1/status");
  t.equal(status, 200);
  t.match(body, { nodes: [{ id: String, role: String, host: "thread", state: "up" }], inDoubt: [] });
  t.match(await http.send("/"), {
    status: 200,
    body: { name: "ayes", version: /^\d/, links: { status: "/v1/status" } },
  });
  const { body: api } = await http.send("/v1/openapi.json");
  t.match(api, { openapi: "3.1.0", info: { title: "Ayes" } });
  t.strictSame(Object.keys(api.paths as object).sort(), [
    "/v1/ballots",
    "/v1/constraints",
    "/v1/contents",
    "/v1/contents/{id}",
    "/v1/doubt",
    "/v1/doubt/{id}",
    "/v1/files",
    "/v1/files/{path}",
    "/v1/keys",
    "/v1/keys/{key}",
    "/v1/links",
    "/v1/live",
    "/v1/locks",
    "/v1/nodes/{id}/crash",
    "/v1/nodes/{id}/log",
    "/v1/nodes/{id}/pause",
    "/v1/nodes/{id}/repair",
    "/v1/nodes/{id}/restart",
    "/v1/nodes/{id}/resume",
    "/v1/nodes/{id}/validator",
    "/v1/recording",
    "/v1/scan",
    "/v1/snapshot",
    "/v1/status",
    "/v1/step",
    "/v1/traces",
    "/v1/traces/{id}",
    "/v1/transactions",
    "/v1/transactions/{id}",
    "/v1/verify",
    "/v1/watch",
  ]);
  for (const path of ["/nope", "/v1", "/v1/keys", "/v1/transactions/", "/v1/nodes/n1", "//", "/v1/nodes//crash"]) {
    const reply = await http.send(path);
    t.ok(reply.status === 404 || reply.status === 400, `${path} is ${reply.status}`);
    t.match(reply.body, { error: { code: String, next: String } });
  }
  const wrong = await http.send("/v1/keys/a", { method: "PATCH" });
  await http.refused(t, wrong, 405, /PATCH is not served/);
  t.equal(wrong.headers.allow, "GET, PUT, DELETE");
  await http.refused(t, await http.send("/v1/status", { method: "POST" }), 405, /POST/);
  await http.refused(t, await http.send("/v1/transactions"), 405, /GET/);
  await http.refused(t, await http.send("/", { method: "OPTIONS" }), 405, /OPTIONS/);
});

t.test("validators", async (t) => {
  const path = "/v1/nodes/n2/validator";
  const put = (body: unknown, where = path) => http.send(where, { method: "PUT", body: JSON.stringify(body) });
  t.match(await http.send(path), { status: 200, body: { node: "n2", validator: { rule: "always" } } });
  const rule = { rule: "minimum", keys: "accounts/*", least: 0 };
  t.match(await put(rule), { status: 200, body: { node: "n2", validator: rule } });
  t.match(await http.send(path), { status: 200, body: { validator: rule } });
  const detail = "minimum accounts/* 0: it would become -5";
  t.match(await http.put("accounts/a", "-5"), {
    status: 409,
    body: { outcome: "aborted", why: { code: "vetoed", node: "n2", key: "accounts/a", detail } },
  });
  await http.refused(t, await put({ rule: "sometimes" }), 400, /"sometimes"; known: always, no-next/);
  await http.refused(t, await put({ ...rule, least: "0" }), 400, /least must be a number/);
  await http.refused(t, await put({ ...rule, most: 1 }), 400, /unknown field "most"/);
  await http.refused(t, await put([]), 400, /must be an object/);
  await http.refused(t, await http.send(path, { method: "PUT" }), 400, /body is empty/);
  await http.refused(t, await put(rule, "/v1/nodes/n9/validator"), 404, /no node n9 that votes/);
  await http.refused(t, await put(rule, "/v1/nodes/c1/validator"), 400, /c1 never votes; n1, n2, n3 do/);
  await http.refused(t, await http.send("/v1/nodes/n9/validator"), 404, /no node n9/);
  await http.refused(t, await http.post(path, rule), 405, /POST/);
  t.match(await http.send(path), { body: { validator: rule } }, "nothing has changed");
  t.match(await http.send("/v1/status"), { body: { nodes: [{}, {}, { id: "n2", validator: rule }, {}] } });
  t.match(await put({ rule: "always" }), { status: 200, body: { validator: { rule: "always" } } });
  t.match(await http.post("/v1/nodes/n3/crash", { at: "vote-no" }, CHAOS), { status: 200, body: { crash: "vote-no" } });
  t.match(await http.put("vetoed", "1"), { status: 409, body: { why: { code: "vetoed", node: "n3" } } });
  t.match(await http.put("passed", "1"), { status: 200 });
});

t.test("faults need --chaos, their type and their header", async (t) => {
  const path = "/v1/nodes/n1/crash";
  const closed = await http.send(path, { method: "POST", headers: CHAOS, body: "{}" }, http.quiet.port);
  await http.refused(t, closed, 404, /not allowed here/);
  t.match(closed.body, { error: { code: "no-chaos" } });
  await http.refused(t, await http.post(path, {}, { "x-ayes": "chaos" }), 415, /JSON/);
  await http.refused(t, await http.post(path, {}), 403, /meant/);
  await http.refused(t, await http.post(path, "", CHAOS), 400, /empty/);
  await http.refused(t, await http.post(path, { at: "tea" }, CHAOS), 400, /known: partial-vote-request/);
  await http.refused(t, await http.post(path, { when: 1 }, CHAOS), 400, /unknown field/);
  await http.refused(t, await http.post(path, { at: "after-vote", hit: 0 }, CHAOS), 400, /hit/);
  await http.refused(
    t,
    await http.post(path, { at: "after-vote", targets: ["n1"] }, CHAOS),
    400,
    /targets go with partial-vote-request/,
  );
  await http.refused(t, await http.post("/v1/nodes/n77/crash", {}, CHAOS), 404, /./);
  await http.refused(t, await http.post("/v1/nodes/n1/restart", { at: 1 }, CHAOS), 400, /unknown field/);
});

t.test("a crashed node makes writes unavailable, by name, until it is restarted", async (t) => {
  t.match(await http.post("/v1/nodes/n3/crash", { restart: false }, CHAOS), { status: 200, body: { node: "n3" } });
  const reply = await http.put("down", "1");
  t.match(reply, { status: 503, body: { outcome: "aborted", why: { code: "unavailable", node: "n3" } } });
  t.match(reply.body, { error: { code: "unavailable", message: String, next: String } });
  t.match(await http.send("/v1/keys/alive?replica=n1"), { status: 200 }, "reads go on");
  t.match(await http.post("/v1/nodes/n3/restart", {}, CHAOS), { status: 200, body: { node: "n3", state: "up" } });
  t.match(await http.put("down", "1"), { status: 200 });
  t.match(await http.post("/v1/nodes/n2/crash", { at: "before-vote" }, CHAOS), {
    status: 200,
    body: { crash: "before-vote" },
  });
  t.match(await http.put("armed", "1"), { status: 503, body: { outcome: "aborted" } });
});

t.test("listening", async (t) => {
  await t.rejects(serve(http.cluster, { port: http.serving.port, chaos: false }), {
    code: "port-taken",
    message: /taken/,
  });
  await t.rejects(serve(http.cluster, { port: 0, host: "0.0.0.0", chaos: false }), {
    code: "invalid",
    message: /127\.0\.0\.1/,
  });
  await t.rejects(serve(http.cluster, { port: 70_000, chaos: false }), { code: "invalid", message: /65535/ });
  const brief = await serve(http.cluster, { port: 0, host: "localhost", chaos: false });
  t.match(await http.send("/v1/status", {}, brief.port), { status: 200 });
  await brief.close();
  await t.rejects(http.send("/v1/status", {}, brief.port), { code: /^ECONN/ });
});
