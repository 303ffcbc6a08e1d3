/** Ranges and keys in words, as people would ask for them. */

import t from "tap";
import type { Range } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { encodeComposite } from "../../runtime/composite.js";
import { AyesError, explain } from "../../runtime/errors.js";
import { rangeText } from "../../runtime/range-text.js";
import type { ScanQuery } from "../../runtime/reading-api.js";
import { shownText } from "../../runtime/shown.js";

const cluster = await open({ temporary: true, replicas: 1 });
t.teardown(() => cluster.close());

t.test("the range of every page says what it is all of", async (t) => {
  const keys = ["b", "user/1", "user/2", "user/3", ["a", 1], ["a", 2.5], ["a", "x"], ["b"]];
  await cluster.transact(keys.map((key) => ({ op: "put", key, value: 1 })));
  const cases: [ScanQuery, string][] = [
    [{}, "all keys"],
    [{ prefix: "user/" }, 'keys that begin with "user/"'],
    [{ prefix: ["a"] }, 'keys that begin with ["a"]'],
    [{ prefix: ["a", 1] }, 'keys that begin with ["a",1]'],
    [{ prefix: ["a", true] }, 'keys that begin with ["a",true]'],
    [{ start: "b", end: "d" }, 'keys from "b" before "d"'],
    [{ start: ["a", 1], end: ["a", "x"] }, 'keys from ["a",1] before ["a","x"]'],
    [{ prefix: "user/", limit: 2 }, 'keys from "user/" through "user/2"'],
    [{ prefix: ["a"], limit: 2 }, 'keys from ["a"] through ["a",2.5]'],
    [{ prefix: "user/", limit: 2, reverse: true }, 'keys from "user/2" before "user0"'],
    [{ prefix: ["a"], limit: 2, reverse: true }, 'keys from ["a",2.5] through all that begin with ["a"]'],
    [{ end: "b" }, 'keys before "b"'],
  ];
  for (const [query, text] of cases) t.equal(rangeText((await cluster.scan(query)).range), text, JSON.stringify(query));
  const next = async (query: ScanQuery) => (await cluster.scan((await cluster.scan(query)).next)).range;
  t.equal(rangeText(await next({ prefix: "user/", limit: 2 })), 'keys after "user/2" before "user0"');
  const rest = 'keys after ["a",2.5] through all that begin with ["a"]';
  t.equal(rangeText(await next({ prefix: ["a"], limit: 2 })), rest);
});

t.test("an abort names the range as it was asked for", async (t) => {
  const prefix = ["guests", true];
  const { range, version } = await cluster.scan({ prefix });
  const checks = [{ is: "rangeUnchanged", range, version } as const];
  await cluster.put([...prefix, "eve"], 1);
  const result = await cluster.transact([{ op: "put", key: "x", value: 1 }], { checks });
  t.match(result, { outcome: "aborted", why: { code: "check-failed", range } });
  const why = "why" in result ? result.why : undefined;
  t.match(why && explain(why), /come, gone or changed \(keys that begin with \["guests",true\], at n1\)/);
  const held = await cluster.snapshot({ keys: ["x"], held: checks }).catch((error: unknown) => error);
  t.match(held, { name: AyesError.name, code: "check-failed", why: { range, node: "n1" } });
  const parts: Range = { start: "\u0001no parts" };
  t.equal(rangeText(parts), 'keys from "\\u0001no parts"', "what stands for no parts is itself");
});

t.test("messages of the storage and the core name composite keys as they are typed", async (t) => {
  const key = JSON.stringify(encodeComposite(["a", 'say "hi"', -1.5]));
  t.equal(shownText(`the value of key ${key} is damaged`), 'the value of key ["a","say \\"hi\\"",-1.5] is damaged');
  t.equal(shownText(`not ${key}, ${key} and "b"`), 'not ["a","say \\"hi\\"",-1.5], ["a","say \\"hi\\"",-1.5] and "b"');
  t.equal(shownText('a "text" \\u0001'), 'a "text" \\u0001');
});
