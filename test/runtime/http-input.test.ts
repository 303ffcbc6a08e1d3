/** Bad input over HTTP: every kind is refused with a sentence, changes nothing, and the next request is served. */

import { connect as connectSocket } from "node:net";
import t from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();

t.test("the id and the deadline of a single write stand in the query", async (t) => {
  t.match(await http.put("q?id=q1&deadlineMs=1500&protocol=2pc", "1"), { status: 200, body: { txn: "q1" } });
  const del = await http.send("/v1/keys/q?id=q2", { method: "DELETE" });
  t.match(del, { status: 200, body: { txn: "q2" } });
  await http.refused(t, await http.put("q?id=", "1"), 400, /must not be empty/);
  await http.refused(t, await http.put("q?deadlineMs=0", "1"), 400, /from 1 to 600000/);
  await http.refused(t, await http.put("q?deadlineMs=soon", "1"), 400, /not "soon"/);
  await http.refused(t, await http.put("q?protocol=9pc", "1"), 400, /known: 2pc/);
  await http.refused(
    t,
    await http.put("q?ttl=9", "1"),
    400,
    /unknown parameter "ttl"; known: id, protocol, deadlineMs/,
  );
  await http.refused(t, await http.put("q?id=a&id=b", "1"), 400, /occurs twice/);
  await http.refused(t, await http.send("/v1/keys/a?read=dirty"), 400, /known: linearizable, committed/);
  await http.refused(t, await http.send("/v1/keys/a?replica=n9"), 404, /./);
});

t.test("bad values", async (t) => {
  for (const body of ["", " ", "nope", "{", "NaN", "{'a':1}", "undefined", '"\u0001"']) {
    await http.refused(t, await http.put("bad", body), 400, /the body is/);
  }
  await http.refused(t, await http.put("bad", Buffer.from([0x22, 0xff, 0x22])), 400, /not UTF-8/);
  await http.refused(t, await http.put("bad", "1e999"), 400, /Infinity, which JSON cannot carry/);
  await http.refused(
    t,
    await http.put("bad", "[12345678901234567891]"),
    400,
    /12345678901234567891 cannot be held exactly/,
  );
  await http.refused(t, await http.put("bad", "9".repeat(100_000)), 400, /cannot be held exactly/);
  await http.refused(t, await http.put("bad", '"\\ud800"'), 400, /lone surrogate/);
  await http.refused(t, await http.put("bad", "[".repeat(100_000) + "]".repeat(100_000)), 400, /deeper than 256/);
  await http.refused(
    t,
    await http.put("bad", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
    400,
    /deeper than 256/,
  );
  await http.refused(t, await http.put("bad", JSON.stringify("x".repeat(1024 * 1024))), 413, /1 MiB/);
  t.match(await http.put("exact", '["12345678901234567891", "\\"12345678901234567891", 0.1234567890123456789, 1e21]'), {
    status: 200,
  });
  t.match(await http.put("exact", "10000000000000000000000"), { status: 200 }, "a long integer that a double holds");
  t.equal((await http.cluster.get("bad")).value, undefined, "nothing changed");
});

t.test("__proto__ and constructor within values", async (t) => {
  const text = '{"__proto__":{"constructor":1},"constructor":2}';
  t.match(await http.put("names", text), { status: 200 });
  t.equal(JSON.stringify((await http.cluster.get("names")).value), text);
  const body = `{"operations":[{"op":"put","key":"names","value":${text}}],"checks":[{"key":"names","is":"equals","value":${text}}]}`;
  t.match(await http.post("/v1/transactions", body), { status: 200 });
  t.equal(JSON.stringify((await http.cluster.get("names")).value), text);
  const { value } = (await http.send("/v1/keys/names")).body;
  t.equal(JSON.stringify(value), text);
});

t.test("bad transactions", async (t) => {
  const one = (operation: unknown) => ({ operations: [operation] });
  const many = Array.from({ length: 1001 }, (_, index) => ({ op: "del", key: `k${index}` }));
  const bad: [unknown, number, RegExp][] = [
    ["not json", 400, /not JSON/],
    ["[]", 400, /must be an object, not an array/],
    ["null", 400, /must be an object/],
    [{}, 400, /at least one operation or check/],
    [{ operations: {} }, 400, /operations must be an array/],
    [{ operations: null }, 400, /operations must be an array/],
    [{ operation: [] }, 400, /unknown field "operation"/],
    [{ operations: many }, 413, /1001 operations; the limit is 1000/],
    [{ operations: many.slice(0, 1), checks: many }, 413, /1001 checks/],
    [one({ op: "put", key: "", value: 1 }), 400, /operations\[0\]\.key must not be empty/],
    [one({ op: "put", key: "x".repeat(1025), value: 1 }), 413, /1025 bytes/],
    [one({ op: "inc", key: "a" }), 400, /known: put, del, add/],
    [one({ op: "add", key: "a", delta: 1.5 }), 400, /delta must be an integer/],
    [one({ op: "put", key: "a" }), 400, /value is undefined/],
    [one({ op: "put", key: "a", value: 1, when: 1 }), 400, /unknown field "when"/],
    [{ operations: [many[0], many[0]] }, 400, /both have this key/],
    [{ ...one(many[0]), id: "" }, 400, /must not be empty/],
    [{ ...one(many[0]), id: 7 }, 400, /id must be a string/],
    [{ ...one(many[0]), id: "x".repeat(129) }, 413, /128/],
    [{ ...one(many[0]), deadlineMs: "1" }, 400, /deadlineMs/],
    [{ ...one(many[0]), protocol: "1pc" }, 400, /2pc/],
    [{ ...one(many[0]), checks: [{ key: "a", is: "odd" }] }, 400, /known: exists/],
    ['{"operations":[{"op":"put","key":"\\ud800","value":1}]}', 400, /lone surrogate/],
    [`{"operations":[{"op":"put","key":"a","value":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`, 400, /deeper/],
    ["[".repeat(100_000) + "]".repeat(100_000), 400, /must be an object/],
  ];
  for (const [body, status, says] of bad)
    await http.refused(t, await http.post("/v1/transactions", body), status, says);
});

t.test("a body over the limit is refused, declared or not", async (t) => {
  const limit = 24 * 1024 * 1024;
  const declared = { method: "PUT", headers: { "content-length": String(limit + 1) } };
  const early = await new Promise<string>((resolve) => {
    const socket = connectSocket(http.serving.port, "127.0.0.1");
    socket.write(`PUT /v1/keys/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${limit + 1}\r\n\r\n`);
    socket.once("data", (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });
  t.match(early, /^HTTP\/1\.1 413 /, "refused by its length, before it was sent");
  const body = Buffer.alloc(limit + 1, "1");
  await http.refused(t, await http.send("/v1/keys/a", { ...declared, body }), 413, /24 MiB/);
  const chunked = { method: "PUT", headers: { "transfer-encoding": "chunked" }, body };
  await http.refused(t, await http.send("/v1/keys/a", chunked), 413, /24 MiB/);
});

t.test("other sites are kept out", async (t) => {
  for (const host of [
    "evil.example",
    "evil.example:7411",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
  ]) {
    await http.refused(t, await http.send("/v1/status", { headers: { host } }), 403, /loopback address only/);
  }
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:7411"]) {
    t.match(await http.send("/v1/status", { headers: { host } }), { status: 200 }, host);
  }
  const foreign = (origin: string) => http.send("/v1/keys/a", { method: "PUT", body: "1", headers: { origin } });
  for (const origin of ["https://evil.example", "null", "http://localhost:1"]) {
    await http.refused(t, await foreign(origin), 403, /may not change/);
  }
  t.match(await foreign(http.serving.url), { status: 200 });
});

t.test("nonsense on the wire does not disturb", async (t) => {
  for (const text of ["GET\r\n\r\n", "\0\0\0\0", "GET /v1/keys/a\\b HTTP/1.1\r\nHost: localhost\r\n\r\n"]) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connectSocket(http.serving.port, "127.0.0.1", () => socket.write(text));
      socket.once("data", (chunk) => {
        resolve(chunk.toString());
        socket.destroy();
      });
    });
    t.match(answer, /^HTTP\/1\.1 400 /);
  }
  t.match(await http.send("/v1/status"), { status: 200 });
});
