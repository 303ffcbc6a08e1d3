/** Scans and snapshots over HTTP, on a real cluster. */

import t from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();
const KEYS = Array.from({ length: 9 }, (_, index) => `list/${index}`);
await http.cluster.transact([
  ...KEYS.map((key, index) => ({ op: "put", key, value: index }) as const),
  { op: "put", key: "list/bytes", value: new Uint8Array([0, 255]) },
]);

t.test("a scan in pages, each of which says how to ask for the next one", async (t) => {
  const keys: string[] = [];
  let query: string | undefined = "prefix=list/&limit=4";
  while (query !== undefined) {
    const { status, body } = await http.send(`/v1/scan?${query}`);
    t.match([status, body], [200, { range: Object, version: /^\d+\.\w+$/, replica: /^n/, waited: Boolean }]);
    keys.push(...(body.entries as { key: string }[]).map(({ key }) => key));
    query = body.next === undefined ? undefined : String(new URLSearchParams(body.next as Record<string, string>));
  }
  t.same(keys, [...KEYS, "list/bytes"]);
  const { body } = await http.send("/v1/scan?start=list/7&end=list/z&reverse=true&read=committed");
  t.match(body.entries, [{ key: "list/bytes", bytes: "AP8=" }, { key: "list/8", value: 8 }, { key: "list/7" }]);
  t.match(body, { read: "committed", next: undefined });
});

t.test("a scan as lines is all of it", async (t) => {
  const answer = await fetch(`${http.serving.url}/v1/scan?prefix=list/&limit=3`, {
    headers: { accept: "application/x-ndjson" },
  });
  t.match([answer.status, answer.headers.get("content-type")], [200, "application/x-ndjson"]);
  const lines = (await answer.text()).trimEnd().split("\n");
  t.same(
    lines.map((line) => JSON.parse(line).key),
    [...KEYS, "list/bytes"],
  );
  t.match(JSON.parse(String(lines[1])), { key: "list/1", value: 1, version: String });
});

t.test("keys and ranges at one moment, if what was read before still holds", async (t) => {
  const scans = [{ prefix: "list/", limit: 2 }];
  const { body } = await http.post("/v1/snapshot", { keys: ["list/3", "none"], scans, read: "linearizable" });
  t.match(body, { entries: [{ key: "list/3", value: 3 }, { key: "none" }], pages: [{ entries: [{ value: 0 }, {}] }] });
  const [page] = body.pages as { range: object; version: string }[];
  const held = [{ is: "rangeUnchanged", range: page?.range, version: page?.version }];
  t.match(await http.post("/v1/snapshot", { keys: ["list/3"], held }), { status: 200 });
  t.match(await http.post("/v1/transactions", { operations: [{ op: "put", key: "w", value: 1 }], checks: held }), {
    status: 200,
  });
  await http.cluster.put("list/00", 0);
  const reply = await http.post("/v1/snapshot", { keys: ["list/3"], held });
  await http.refused(t, reply, 409, /a key in the range has come, gone or changed/);
  t.match(reply.body, { error: { range: { start: "list/", end: "list/1\u0000" } } });
  t.match(await http.post("/v1/transactions", { operations: [{ op: "put", key: "w", value: 2 }], checks: held }), {
    status: 409,
    body: { outcome: "aborted", why: { code: "check-failed" } },
  });
});

t.test("what is no question is refused", async (t) => {
  const scans: [string, RegExp][] = [
    ["limit=0", /limit must be an integer from 1 to 10000/],
    ["limit=10001", /limit must be an integer/],
    ["limit=x", /limit must be an integer/],
    ["reverse=yes", /reverse must be true or false/],
    ["prefix=a&start=b", /one or the other/],
    ["start=b&end=a", /ends before it starts/],
    ["from=a", /unknown parameter "from"/],
  ];
  for (const [query, says] of scans) await http.refused(t, await http.send(`/v1/scan?${query}`), 400, says);
  const bodies: [object, number, RegExp][] = [
    [{}, 400, /nothing to read/],
    [{ keys: "a" }, 400, /keys must be an array/],
    [{ keys: [""] }, 400, /keys\[0\] must not be empty/],
    [{ keys: Array(1001).fill("a") }, 413, /the limit is 1000/],
    [{ scans: [{ limit: 0 }] }, 400, /scans\[0\]\.limit/],
    [{ keys: ["a"], held: [{ key: "a", is: "odd" }] }, 400, /held\[0\]\.is/],
    [
      { keys: ["a"], held: [{ is: "rangeUnchanged", range: {}, version: "new" }] },
      400,
      /version must be that of a page/,
    ],
    [{ keys: ["a"], also: 1 }, 400, /unknown field "also"/],
  ];
  for (const [body, status, says] of bodies) await http.refused(t, await http.post("/v1/snapshot", body), status, says);
});
