/** The language of the prompt: how text becomes words and words become statements, and how mistakes are told. */

import t from "tap";
import { COMMAND_NAMES, commandNamed, describe } from "../../cli/language/grammar.js";
import { helpText } from "../../cli/language/help.js";
import { nearest } from "../../cli/language/nearest.js";
import { parse, parseWords } from "../../cli/language/parse.js";
import { Problem, pointAt } from "../../cli/language/problem.js";
import { tokenize } from "../../cli/language/tokens.js";

function problemOf(text: string): Problem {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`no problem with ${text}`);
}

function words(text: string): string[][] {
  return tokenize(text).map((tokens) => tokens.map((token) => token.text));
}

function valueIn(text: string): unknown {
  const [statement] = parse(`put k ${text}`);
  if (statement?.kind !== "step" || statement.step.kind !== "put") throw new Error(text);
  return statement.step.value;
}

t.test("words are cut as a shell cuts them", async (t) => {
  t.same(words("put a 1"), [["put", "a", "1"]]);
  t.same(words("  put\ta   'two words'  "), [["put", "a", "two words"]]);
  t.same(words(`put a "say \\"hi\\"\\n\\u00e9"`), [["put", "a", 'say "hi"\né']]);
  t.same(words("put a 'no \\n escapes'"), [["put", "a", "no \\n escapes"]]);
  t.same(words("put a\\ b c"), [["put", "a b", "c"]]);
  t.same(words(`put a'b'"c"d 1`), [["put", "abcd", "1"]]);
  t.same(words("put '' 1"), [["put", "", "1"]]);
  t.same(words("put a \\\n 1"), [["put", "a", "1"]], "a backslash joins lines");
  t.same(words("put a 1\r\nget a\r\n"), [
    ["put", "a", "1"],
    ["get", "a"],
  ]);
  t.same(words("\\q"), [["\\q"]]);
});

t.test("statements end at ; and at a line end, except inside quotes and brackets", async (t) => {
  t.same(words("put a 1; get a;;\n\nget b"), [
    ["put", "a", "1"],
    ["get", "a"],
    ["get", "b"],
  ]);
  t.same(words("put a 'x;y\nz'"), [["put", "a", "x;y\nz"]]);
  t.same(words('put a {"x": "}",\n "y": [1; 2]}; get a'), [
    ["put", "a", '{"x": "}",\n "y": [1; 2]}'],
    ["get", "a"],
  ]);
  t.same(words(""), []);
  t.same(words(" ;\n; "), []);
});

t.test("comments start a statement and end with their line", async (t) => {
  t.same(words("# put a 1; get b\nget a\n-- get c\n  # d"), [["get", "a"]]);
  t.same(words("put colour #fff"), [["put", "colour", "#fff"]]);
});

t.test("an open quote, bracket or list is unfinished, not wrong", async (t) => {
  for (const text of ["put a 'x", 'put a "x', 'put a "x\\', "put a {", 'put a ["]"', "put a \\", "tx put a 1,"]) {
    t.ok(problemOf(text).unfinished, text);
  }
  t.notOk(problemOf("put a").unfinished);
  t.same(words("tx put a 1,\nput b 2"), [["tx", "put", "a", "1", ",", "put", "b", "2"]]);
});

t.test("values: JSON, quoted text, files, and everything else as text", async (t) => {
  t.same(valueIn("1"), { literal: 1 });
  t.same(valueIn("-1.5e3"), { literal: -1500 });
  t.same(valueIn("true"), { literal: true });
  t.same(valueIn("null"), { literal: null });
  t.same(valueIn('"text"'), { literal: "text" });
  t.same(valueIn('"1"'), { literal: "1" });
  t.same(valueIn("'1'"), { literal: "1" });
  t.same(valueIn("hello"), { literal: "hello" });
  t.same(valueIn("007"), { literal: "007" });
  t.same(valueIn("'NaN'"), { literal: "NaN" });
  for (const word of ["NaN", "Infinity", "-Infinity"]) t.throws(() => valueIn(word), { name: "Problem" }, word);
  t.same(valueIn("--5"), { literal: "--5" });
  t.same(valueIn('{"a": [1, {"b": null}]}'), { literal: { a: [1, { b: null }] } });
  t.same(valueIn("[1,2]"), { literal: [1, 2] });
  t.same(valueIn("@photo.jpg"), { file: "photo.jpg" });
  t.same(valueIn("'@photo.jpg'"), { literal: "@photo.jpg" });
  t.same(valueIn("@"), { literal: "@" });
  t.same(valueIn("9007199254740994"), { literal: 9007199254740994 }, "a double holds this one");
});

t.test("values that would be stored as something else are refused", async (t) => {
  t.match(problemOf("put a 1e999").message, /cannot be held exactly/);
  t.match(problemOf("put a 9007199254740993").message, /cannot be held exactly/);
  t.equal(problemOf('put a {"x": 9007199254740993}').position, 12);
  t.doesNotThrow(() => parse('put a {"9007199254740993": "9007199254740993"}'));
  t.match(problemOf("put a {x}").message, /not valid JSON/);
  t.equal(problemOf("put a [1,}]").position, 9);
  t.match(problemOf('put a {"x":1}y').message, /a space must follow/);
  t.match(problemOf('put a "\\uZZ"').message, /hexadecimal/);
});

t.test("every command, in any case", async (t) => {
  const step = (text: string) => (parse(text)[0] as { step: unknown }).step;
  t.same(step("PUT a 1"), { kind: "put", key: "a", value: { literal: 1 } });
  t.same(step("del a"), { kind: "del", key: "a" });
  t.same(step("add a -5"), { kind: "add", key: "a", delta: -5 });
  t.same(step("check a exists"), { kind: "check", key: "a", is: "exists" });
  t.same(step('check a EQUALS {"b":1}'), { kind: "check", key: "a", is: "equals", value: { literal: { b: 1 } } });
  t.same(step("check a version 01X"), { kind: "check", key: "a", is: "version", version: "01X" });
  t.same(parse("get a --read committed --replica=n2"), [
    { kind: "get", key: "a", options: { read: "committed", replica: "n2" } },
  ]);
  t.same(parse("get a --deadline 50"), [{ kind: "get", key: "a", options: { deadlineMs: 50 } }]);
  t.same(parse("begin --id x; commit; rollback"), [
    { kind: "begin", options: { id: "x" } },
    { kind: "commit" },
    { kind: "rollback" },
  ]);
  t.same(parse("outcome 01X; status; locks; log n1; log n1 5"), [
    { kind: "outcome", txn: "01X" },
    { kind: "status" },
    { kind: "locks" },
    { kind: "log", node: "n1", limit: 20 },
    { kind: "log", node: "n1", limit: 5 },
  ]);
  t.same(parse("keys; keys user/ --limit 3"), [
    { kind: "keys", prefix: "", limit: 100 },
    { kind: "keys", prefix: "user/", limit: 3 },
  ]);
  t.same(parse("timing on; \\timing; timing OFF"), [
    { kind: "timing", on: true },
    { kind: "timing", on: undefined },
    { kind: "timing", on: false },
  ]);
  t.same(parse("watch 0.5 get a --read committed"), [
    { kind: "watch", everyMs: 500, statement: { kind: "get", key: "a", options: { read: "committed" } } },
  ]);
  t.same(parse("help; help PUT; ?; quit; exit; \\q"), [
    { kind: "help", topic: undefined },
    { kind: "help", topic: "put" },
    { kind: "help", topic: undefined },
    { kind: "quit" },
    { kind: "quit" },
    { kind: "quit" },
  ]);
});

t.test("tx: operations between commas, options anywhere", async (t) => {
  const expected = [
    {
      kind: "tx",
      options: { id: "o7", protocol: "2pc" },
      steps: [
        { kind: "put", key: "a", value: { literal: { x: [1, 2] } } },
        { kind: "put", key: "b", value: { literal: "two, words" } },
        { kind: "add", key: "c", delta: 1 },
        { kind: "check", key: "d", is: "absent" },
      ],
    },
  ];
  const list = `put a {"x": [1,2]}, put b 'two, words', add c 1 , check d absent`;
  t.same(parse(`tx --id o7 --protocol 2pc ${list}`), expected);
  t.same(parse(`tx ${list} --id=o7 --protocol 2PC`), expected);
  t.same(parse(`tx put a {"x": [1,2]},put b 'two, words',add c 1, check d absent --id o7 --protocol 2pc`), expected);
  t.match(problemOf("tx put a 1, get b").message, /made of put, del, add, check, write, rm, mv, cp, not "get"/);
  t.match(problemOf("tx").message, /an operation is missing/);
  t.match(problemOf("tx put a 1, , put b 1").message, /an operation is missing/);
  t.match(problemOf("tx put a 1 2, put b 1").message, /unexpected "2"/);
});

t.test("crash plans", async (t) => {
  const plan = (text: string) => (parse(text)[0] as { plan: unknown }).plan;
  t.same(plan("crash n1"), {});
  t.same(plan("crash n1 stay"), { restart: false });
  t.same(plan("crash n1 at after-vote"), { at: "after-vote" });
  const full = { at: "partial-decision", targets: ["n1", "n2"], txn: "T", hit: 2, restart: false };
  t.same(plan("crash c1 at partial-decision targets n1,n2 txn T hit 2 stay"), full);
  t.same(plan("crash c1 at PARTIAL-DECISION targets n1, n2 stay txn T hit 2"), full);
  t.match(problemOf("crash n1 at after-vot").message, /did you mean after-vote\?/);
  t.match(problemOf("crash n1 at after-vote hit 0").message, /at least 1/);
  t.match(problemOf("crash n1 targets n2").message, /at, stay/);
});

t.test("nodes that pause, and links that are cut or slow", async (t) => {
  const between = ["n1", "c1"];
  t.same(parse("pause n1; resume n1"), [
    { kind: "pause", node: "n1", on: true },
    { kind: "pause", node: "n1", on: false },
  ]);
  t.same(parse("cut n1 c1; mend n1 c1; delay n1 c1 2s"), [
    { kind: "link", between, state: "cut" },
    { kind: "link", between, state: "whole" },
    { kind: "link", between, state: { delayMs: 2000 } },
  ]);
  t.match(problemOf("cut n1").message, /the other node/);
  t.match(problemOf("delay n1 c1 soon").message, /the time is a number of milliseconds/);
});

t.test("words from a shell", async (t) => {
  t.same(parseWords(["put", "a b", '{"x": 1}']), parse(`put 'a b' {"x": 1}`)[0]);
  t.same(parseWords(["put", "a", "two words"]), parse("put a 'two words'")[0]);
  t.same(parseWords(["put", "a", '"3"']), parse(`put a "3"`)[0]);
  t.same(parseWords(["tx", "put", "a", "1,", "del", "b"]), parse("tx put a 1, del b")[0]);
  t.same(parseWords(["tx", "put a 1, del b"]), parse("tx put a 1, del b")[0]);
  t.same(parseWords(["tx", "--id", "x y", "put a 1,", "del b"]), parse("tx --id 'x y' put a 1, del b")[0]);
  t.same(parseWords(["tx", "put", "a", "put it down"]), parse("tx put a 'put it down'")[0]);
  t.throws(() => parseWords(["put", "a", "1", "--josn"], ["--json"]), { message: /did you mean --json\?/ });
});

t.test("mistakes name the place and the nearest word", async (t) => {
  t.match(problemOf("gett a").message, /unknown command "gett"; did you mean get\?/);
  t.match(problemOf("xyzzy").message, /type help/);
  t.match(problemOf("get a --raed committed").message, /did you mean --read\?/);
  t.match(problemOf("get a --read comitted").message, /did you mean committed\?/);
  t.match(problemOf("get a --read").message, /--read needs a value/);
  t.match(problemOf("get a --read committed --read committed").message, /given twice/);
  t.match(problemOf("put a").message, /the value is missing \(usage: put KEY VALUE \[--ttl TIME\]\)/);
  t.match(problemOf("put a two words").message, /unexpected "words"; quote text that has spaces/);
  t.match(problemOf("put {} 1").message, /the key is text/);
  t.match(problemOf("add a 1.5").message, /a whole number/);
  t.match(problemOf("add a 9007199254740993").message, /a whole number/);
  t.match(problemOf("watch 0 status").message, /at least 0.1/);
  t.match(problemOf("watch 1").message, /the statement to repeat is missing/);
  t.match(problemOf("watch 1 watch 1 status").message, /watch cannot be repeated/);
  t.equal(problemOf("put a 1; gett a").position, 9);
  t.same(pointAt("put a 1; gett a", 9), ["put a 1; gett a", "         ^"]);
  t.same(pointAt("get a\nput b", 11), ["put b", "     ^"]);
  t.same(pointAt("x", undefined), []);
  t.equal(pointAt(`${"x".repeat(500)}!`, 500)[1]?.length, 81);
});

t.test("nearest", async (t) => {
  t.equal(nearest("stauts", ["status", "start"]), "status");
  t.equal(nearest("q", ["quit"]), undefined);
  t.equal(nearest("x".repeat(1_000_000), ["status"]), undefined);
  t.equal(nearest("", []), undefined);
});

t.test("help shows every command, and its examples are understood", async (t) => {
  const overview = helpText();
  for (const name of COMMAND_NAMES) {
    t.match(overview, name);
    t.match(helpText(name), describe(name).usage);
    for (const example of describe(name).examples) t.doesNotThrow(() => parse(example), example);
  }
  t.equal(commandNamed("toString"), undefined);
  t.equal(commandNamed("__proto__"), undefined);
});
