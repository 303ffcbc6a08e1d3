/** Statements about files as they are typed: paths of the cluster, files of this computer, and texts. */

import t from "tap";
import { parse, parseWords } from "../../cli/language/parse.js";
import { Problem } from "../../cli/language/problem.js";

function only(text: string): unknown {
  const [statement] = parse(text);
  return statement;
}

function step(text: string): unknown {
  return (only(text) as { step: unknown }).step;
}

t.test("write: without quotes a file of this computer, in quotes a text", async (t) => {
  const write = (body: object, more = {}) => ({ kind: "write", path: "a/b.txt", body, ...more });
  t.same(step("write a/b.txt notes.txt"), write({ file: "notes.txt" }));
  t.same(step("write ayes:a/b.txt -"), write({ file: "-" }));
  t.same(step('write a/b.txt "two\\nlines"'), write({ text: "two\nlines" }));
  t.same(step("write a/b.txt ''"), write({ text: "" }));
  t.same(step('write a/b.txt {"a": 1}'), write({ text: '{"a": 1}' }));
  t.same(step("write a/b.txt --text notes.txt"), write({ text: "notes.txt" }));
  t.same(step("write a/b.txt --file 'my notes.txt'"), write({ file: "my notes.txt" }));
  t.same(step("write --type text/plain a/b.txt x"), write({ file: "x" }, { type: "text/plain" }));
  const shell = (...words: string[]) => (parseWords(["write", "a/b.txt", ...words]) as { step: unknown }).step;
  t.same(shell("my notes.txt"), write({ file: "my notes.txt" }), "a shell takes the quotes away");
  t.same(shell('"two words"'), write({ text: "two words" }));
  t.same(shell('{"a":1}'), write({ text: '{"a":1}' }));
  t.same(shell("{draft}"), write({ file: "{draft}" }));
});

t.test("the others, and several in one transaction", async (t) => {
  t.same(parse("rm a; mv a b; cp ayes:a b/c; ls; ls site --limit 5; stat a --replica n2"), [
    { kind: "step", step: { kind: "rm", path: "a" } },
    { kind: "step", step: { kind: "mv", source: "a", target: "b" } },
    { kind: "step", step: { kind: "cp", source: "a", target: "b/c" } },
    { kind: "ls", prefix: "", limit: 1000 },
    { kind: "ls", prefix: "site", limit: 5 },
    { kind: "stat", path: "a", options: { replica: "n2" } },
  ]);
  const steps = [
    { kind: "write", path: "a", body: { text: "x" }, type: "text/x" },
    { kind: "put", key: "k", value: { literal: 1 }, ttlMs: 5 },
    { kind: "rm", path: "b" },
  ];
  t.same(only('tx write a "x" --type text/x, put k 1 --ttl 5, rm b'), { kind: "tx", options: {}, steps });
});

t.test("mistakes", async (t) => {
  const mistakes: [string, RegExp, number | undefined][] = [
    ["write", /the path is missing/, 5],
    ["write a", /a file of this computer, or a text in quotes is missing/, 7],
    ["write a b c", /unexpected "c"/, 10],
    ["write a --text x --file y", /exclude each other/, 24],
    ["write ../a x", /a part "\.\."/, 6],
    ["rm /a", /must be relative/, 3],
    ["mv a", /the new path is missing/, 4],
    ["cp a b//c", /an empty part/, 5],
    ["stat a b", /unexpected "b"/, 7],
    ["ls a --limit 0", /at least 1/, 13],
    [`rm ${"x".repeat(1025)}`, /1025 bytes/, 3],
  ];
  for (const [text, message, position] of mistakes) {
    const error = t.throws(() => parse(text), { message }, text.slice(0, 40));
    t.ok(error instanceof Problem);
    t.equal((error as Problem).position, position, text.slice(0, 40));
  }
});
