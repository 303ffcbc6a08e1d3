/** Composite prefixes and bounds in a query: as JSON, under names of their own. */

import t from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();
const KEYS = [["list", 1], ["list", 2], ["list", 2, true], ["lists"], '["list"]x'];
await http.cluster.transact(KEYS.map((key, index) => ({ op: "put", key, value: index }) as const));

function query(given: Record<string, unknown>): string {
  const entries = Object.entries(given).map(([name, value]): [string, string] => {
    return [name, typeof value === "string" ? value : JSON.stringify(value)];
  });
  return String(new URLSearchParams(entries));
}

async function scanned(given: Record<string, unknown>): Promise<unknown> {
  const { body } = await http.send(`/v1/scan?${query(given)}`);
  return (body.entries as { key: unknown }[]).map(({ key }) => key);
}

t.test("a scan by parts, and by a text that looks like parts", async (t) => {
  t.same(await scanned({ prefixJson: ["list"] }), KEYS.slice(0, 3));
  t.same(await scanned({ prefixJson: ["list", 2] }), KEYS.slice(1, 3));
  t.same(await scanned({ prefix: '["list"]' }), KEYS.slice(4));
  t.same(await scanned({ prefixJson: JSON.stringify('["list"]') }), KEYS.slice(4), "a text in JSON");
  t.same(await scanned({ startJson: ["list", 2], endJson: ["lists"] }), KEYS.slice(1, 3));
  t.same(await scanned({ startJson: ["list", 2], end: "a" }), KEYS.slice(1), "a bound of each form");
  const first = await http.send(`/v1/scan?${query({ prefixJson: ["list"], limit: 2 })}`);
  t.match(first.body, { entries: [{ key: ["list", 1] }, {}], range: { start: ["list"] } });
  t.same(await scanned(first.body.next as Record<string, unknown>), KEYS.slice(2, 3), "and the next page");
});

t.test("a constraint of parts is given up", async (t) => {
  const prefix = ["list", 2];
  const put = async (constraint: object) => {
    const answer = await fetch(`${http.serving.url}/v1/constraints`, {
      method: "PUT",
      body: JSON.stringify(constraint),
    });
    t.equal(answer.status, 200);
  };
  const drop = (given: Record<string, unknown>) => http.send(`/v1/constraints?${query(given)}`, { method: "DELETE" });
  await put({ prefix, min: 0, max: 9 });
  t.match(await drop({ prefix: JSON.stringify(prefix) }), { status: 404 }, "as a text it is another prefix");
  t.match(await drop({ prefixJson: prefix, kinds: "min" }), { status: 200, body: { outcome: "committed" } });
  t.match(await http.send("/v1/constraints"), { body: { constraints: [{ prefix, max: 9 }] } });
  t.match(await drop({ prefixJson: prefix }), { status: 200 });
  t.match(await http.send("/v1/constraints"), { body: { constraints: [] } });
});

t.test("what is no key in JSON is refused", async (t) => {
  const mistakes: [string, RegExp][] = [
    ["prefixJson=list", /the parameter prefixJson is not JSON/],
    ["prefixJson=", /prefixJson is empty/],
    ["prefixJson=5", /the prefix must be a string or an array/],
    ["prefixJson=[]", /the prefix has 0 parts/],
    ["prefixJson=[null]", /the prefix\[0\] must be a text/],
    ["prefixJson=[9007199254740993]", /cannot be held exactly/],
    ["prefix=a&prefixJson=[1]", /both prefix and prefixJson/],
    ["prefixJson=[1]&start=a", /one or the other/],
    ["startJson={}", /start must be a string or an array/],
    ["limitJson=5", /unknown parameter "limitJson"/],
  ];
  for (const [text, says] of mistakes) await http.refused(t, await http.send(`/v1/scan?${text}`), 400, says);
  const drop = (text: string) => http.send(`/v1/constraints?${text}`, { method: "DELETE" });
  await http.refused(t, await drop("prefix=a&prefixJson=[1]"), 400, /both prefix and prefixJson/);
  await http.refused(t, await drop("kinds=min"), 400, /the prefix is missing/);
});

t.test("the document names them", async (t) => {
  const { body } = await http.send("/v1/openapi.json");
  const paths = body.paths as Record<string, Record<string, { parameters: { name: string }[] }>>;
  const named = (path: string, method: string) => paths[path]?.[method]?.parameters.map(({ name }) => name) ?? [];
  for (const name of ["prefixJson", "startJson", "endJson"]) t.ok(named("/v1/scan", "get").includes(name), name);
  t.ok(named("/v1/constraints", "delete").includes("prefixJson"));
});
