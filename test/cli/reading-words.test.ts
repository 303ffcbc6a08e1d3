/** Reads of several keys and of ranges, and times to live, as they are typed. */

import t from "tap";
import { parse, parseWords } from "../../cli/language/parse.js";

function only(text: string): unknown {
  const [statement] = parse(text);
  return statement;
}

t.test("get: one key, or several", async (t) => {
  t.same(only('get a ["b",1] c'), { kind: "read", keys: ["a", ["b", 1], "c"], options: {} });
  const options = { read: "committed", replica: "n2", deadlineMs: 50 };
  t.same(only("GET a --read committed --replica n2 b --deadline 50"), { kind: "read", keys: ["a", "b"], options });
  t.same(parseWords(["get", "a", '["b",1]']), only('get a ["b",1]'));
  t.throws(() => parse("get"), { message: /the key is missing \(usage: get KEY \[KEY/ });
  t.throws(() => parse("get a {}"), { message: /the key is text, or a list/, position: 6 });
});

t.test("read: a file, but several words are keys, as before there were files", async (t) => {
  t.same(only('read a ["b",1] c'), { kind: "read", keys: ["a", ["b", 1], "c"], options: {} });
  t.same(only('read ["b",1]'), { kind: "read", keys: [["b", 1]], options: {} });
  t.same(only("read a --read committed b"), { kind: "read", keys: ["a", "b"], options: { read: "committed" } });
  t.throws(() => parse("read a {}"), { message: /the key is text, or a list/, position: 7 });
  t.same(only("read a --replica n2"), { kind: "readFile", path: "a", options: { replica: "n2" } });
  t.same(only("read(A)"), { kind: "readFile", path: "A", options: {} });
  t.same(only("read (two words)"), { kind: "readFile", path: "two words", options: {} });
  t.same(only("read '(A)'"), { kind: "readFile", path: "(A)", options: {} });
  for (const text of ["read a > b.txt", "read a >b.txt", "read a --output b.txt"]) {
    t.same(only(text), { kind: "readFile", path: "a", target: "b.txt", options: {} }, text);
  }
  t.throws(() => parse("read"), { message: /the path is missing \(usage: read PATH/ });
  t.throws(() => parse("read a >"), { message: /must follow the >/ });
  t.throws(() => parse("read a > b c"), { message: /unexpected "c"/, position: 11 });
});

t.test("scan: a prefix or bounds", async (t) => {
  t.same(only("scan"), { kind: "scan", query: {}, options: {} });
  t.same(only("scan user/ --limit 5 --reverse"), {
    kind: "scan",
    query: { prefix: "user/", limit: 5, reverse: true },
    options: {},
  });
  const query = { start: ["a", 5], end: ["b"], reverse: true };
  const options = { read: "committed", replica: "n2", deadlineMs: 9 };
  const bounds = 'scan --start ["a", 5] --reverse --end ["b"]';
  t.same(only(`${bounds} --read committed --replica n2 --deadline 9`), { kind: "scan", query, options });
  t.same(parseWords(["scan", "--start", '["a",5]', "--end", '["b"]', "--reverse"]), only(bounds));
  t.same(only("scan --reverse user/ --start=a"), {
    kind: "scan",
    query: { prefix: "user/", start: "a", reverse: true },
    options: {},
  });
  const mistakes: [string, RegExp][] = [
    ["scan a b", /unexpected "b"/],
    ["scan --limit 0", /--limit is a whole number of at least 1/],
    ["scan --start", /--start needs a value/],
    ["scan --start --end a", /--start needs a value/],
    ["scan --start {}", /--start is text, or a list/],
    ["scan --reverse=yes", /--reverse takes no value/],
    ["scan --reverse --reverse", /--reverse is given twice/],
    ["scan --from a", /unknown option --from/],
    ["scan --prefx a", /unknown option --prefx/],
  ];
  for (const [text, message] of mistakes) t.throws(() => parse(text), { message }, text);
});

t.test("put: how long it lasts, alone and within a transaction", async (t) => {
  const step = (text: string) => (only(text) as { step: unknown }).step;
  const put = { kind: "put", key: "a", value: { literal: 1 } };
  const times: [string, number][] = [
    ["500", 500],
    ["250ms", 250],
    ["5s", 5000],
    ["10m", 600_000],
    ["2H", 7_200_000],
    ["1d", 86_400_000],
  ];
  for (const [time, ttlMs] of times) {
    t.same(step(`put a 1 --ttl ${time}`), { ...put, ttlMs });
    t.same(step(`put --ttl=${time} a 1`), { ...put, ttlMs });
  }
  const steps = [
    { ...put, ttlMs: 5000 },
    { kind: "put", key: "b", value: { literal: "--ttl" } },
    { kind: "put", key: "c", value: { literal: 3 }, ttlMs: 7 },
  ];
  const tx = "tx --id x put a 1 --ttl 5s, put b '--ttl', put c 3 --ttl=7";
  t.same(only(tx), { kind: "tx", options: { id: "x" }, steps });
  t.same(parseWords(["tx", "put", "a", "1", "--ttl", "5s,", "del", "b"]), only("tx put a 1 --ttl 5s, del b"));
  t.same(parseWords(["put", "a", "1", "--ttl", "5s"]), only("put a 1 --ttl 5s"));
  for (const time of ["0", "0s", "-1", "1.5s", "5w", "soon", "s"]) {
    t.throws(() => parse(`put a 1 --ttl ${time}`), { message: /--ttl is a number of milliseconds, or a time/ }, time);
  }
  t.throws(() => parse("tx del a --ttl 5s"), { message: /unknown option --ttl/ });
  t.throws(() => parse("put a 1 --tl 5s"), { message: /did you mean --ttl\?/ });
});
