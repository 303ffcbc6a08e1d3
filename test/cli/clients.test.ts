/** Several clients at once: who runs what, what is answered, conflicts between them, and how it ends early. */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { deal } from "../../cli/streams/client.js";
import type { Summary } from "../../cli/streams/tally.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { temporaryFolder } from "../storage/folder.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const STREAMS = fileURLToPath(new URL("../../../test/cli/streams/", import.meta.url));
const folder = temporaryFolder(t);
const cluster = await open({ temporary: true });
const serving = await serve(cluster, { port: 0, chaos: false });
t.teardown(async () => {
  await serving.close();
  await cluster.close();
});

type Fact = { client: number; file: string; line: number; statement: string; outcome: string; txn?: string };
type Ran = { code: number | null; out: string; err: string; facts: (Fact & Record<string, unknown>)[]; sum: Summary };
type How = { url?: string; stdin?: string; heard?: (out: string, stop: () => void) => void };

/** `ayes run` with these words, in the folder. */
async function ayesRun(words: readonly string[], { url = serving.url, stdin = "", heard }: How = {}): Promise<Ran> {
  // Loaders of the test runner are not for the program.
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, "run", url, ...words], { cwd: folder, env: { ...env, HOME: folder } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
    heard?.(out, () => child.kill("SIGINT"));
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const objects = words.includes("--json") ? out.split("\n").flatMap((line) => (line ? [JSON.parse(line)] : [])) : [];
  return { code, out, err, facts: objects.slice(0, -1), sum: objects.at(-1)?.summary };
}

function file(name: string, lines: readonly string[]): string {
  writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(""));
  return name;
}

async function held(key: string): Promise<unknown> {
  return (await cluster.get(key)).value;
}

t.test("each client has something to do, and every file is run", async (t) => {
  t.same(deal(["a", "b"], 2), [["a"], ["b"]]);
  t.same(deal(["a", "b", "c", "d", "e"], 2), [
    ["a", "c", "e"],
    ["b", "d"],
  ]);
  t.same(deal(["a", "b"], 5), [["a"], ["b"], ["a"], ["b"], ["a"]]);
});

t.test("the request language of the course", async (t) => {
  const put = (path: string, text: string) => [{ kind: "step", step: { kind: "write", path, body: { text } } }];
  t.same(parse("write(A, some text)"), put("A", "some text"));
  t.same(parse('  WRITE ( my key ,  it\'s "a" (b), c)  \r'), put("my key", 'it\'s "a" (b), c'));
  t.same(parse("write(A,)"), put("A", ""));
  t.same(parse("write(A, 3)"), put("A", "3"), "always text");
  t.same(parse("read(A)"), [{ kind: "readFile", path: "A", options: {} }]);
  t.same(parse("delete( A )"), [{ kind: "step", step: { kind: "rm", path: "A" } }]);
  t.same(parse("read(a, b)"), [{ kind: "readFile", path: "a, b", options: {} }]);
  t.same(parse("// put a 1"), []);
  const bad: [string, RegExp][] = [
    ["write(A)", /the text is missing \(usage: write\(FILE, TEXT\)\)/],
    ["write(, x)", /the file is missing/],
    ["read()", /the file is missing/],
    ["write(A, x", /must end with \)/],
    ["read(A) # why", /must end with \)/],
    ["append(A, x)", /unknown command/],
  ];
  for (const [text, message] of bad) t.throws(() => parse(text), { message });
});

t.test("the examples: every statement is answered, under its client and line", async (t) => {
  const names = ["ann.txt", "bob.txt", "course.txt"];
  const ran = await ayesRun(["--clients", "3", "--json", ...names.map((name) => join(STREAMS, name))]);
  t.equal(ran.err, "");
  t.match(ran.sum, { clients: 3, files: 3, statements: 18, of: 18, unknown: {}, errors: { "not-found": 1 } });
  const lines = (client: number) => ran.facts.filter((fact) => fact.client === client).map(({ line }) => line);
  t.same(
    [1, 2, 3].map(lines),
    [
      [2, 3, 4, 5, 6, 7, 8, 9, 9],
      [2, 3, 6, 7],
      [1, 2, 3, 4, 5],
    ],
    "in their order",
  );
  const course = ran.facts.filter(({ client }) => client === 3);
  const [write, read] = course;
  t.match(write, { statement: "write(A, some text)", outcome: "committed", txn: /^[0-9A-Z]{26}$/ });
  t.match(read, { outcome: "read", path: "A", text: "some text", txn: write?.txn });
  t.same(
    course.slice(2).map(({ outcome }) => outcome),
    ["committed", "committed", "not-found"],
  );
  t.equal(await (await cluster.files.read("B")).text(), `it's (not) quoted, and "may" have commas`);
  for (const { outcome, txn } of ran.facts.filter(({ txn }) => txn !== undefined)) {
    if (outcome !== "read") t.match(await cluster.outcome(txn ?? ""), { outcome });
  }
});

const ADDS = 60;

t.test("clients in each other's way: what committed took effect, and nothing else", async (t) => {
  const stream = (own: string) =>
    Array.from({ length: ADDS }, (_, index) => [`tx add hot 1, put ${own} ${index}`, `get ${own}`]).flat();
  const files = ["a", "b", "c", "d"].map((own) => file(`${own}.txt`, stream(own)));
  const ran = await ayesRun(["--clients", "4", "--json", ...files]);
  const { committed, aborted, statements, reads, notFound } = ran.sum;
  t.equal(ran.code, (aborted.conflict ?? 0) > 0 || notFound > 0 ? 1 : 0);
  t.equal(statements, 4 * 2 * ADDS);
  t.equal(committed + (aborted.conflict ?? 0), 4 * ADDS);
  t.equal(reads + notFound, 4 * ADDS);
  t.equal(await held("hot"), committed);
  t.ok((aborted.conflict ?? 0) > 0, "they did meet");
  for (let client = 1; client <= 4; client += 1) {
    let last: string | undefined;
    for (const fact of ran.facts.filter((one) => one.client === client)) {
      if (fact.outcome === "committed") last = fact.txn;
      else if (fact.outcome === "aborted") t.match(fact.why, { code: "conflict", key: "hot", winner: String });
      else t.equal(fact.txn, last, "a client waits for one answer before it issues the next statement");
    }
  }
});

t.test("fewer clients than files, and more", async (t) => {
  const files = ["one", "two", "three"].map((name) => file(name, [`add count-${name} 1`]));
  const few = await ayesRun(["--clients", "2", "--json", ...files]);
  t.same(few.facts.map(({ client, file: name }) => `${client} ${name}`).sort(), ["1 one", "1 three", "2 two"]);
  t.match(few, { code: 0, sum: { clients: 2, files: 3, statements: 3, committed: 3 } });
  const many = await ayesRun(["--clients", "5", "--json", "-"], { stdin: "add from-stdin 1\n" });
  t.match(many.sum, { clients: 5, files: 1, statements: 5 });
  t.equal(await held("from-stdin"), many.sum.committed);
});

t.test("a mistake in any file: all are named, and nothing runs", async (t) => {
  const good = file("good", ["put touched 1"]);
  const bad = file("bad", ["put touched 1", "gett a", "", "watch 1 get a", "write(A)", "put a '"]);
  const ran = await ayesRun(["--clients", "2", good, bad, "-"], { stdin: "red(A)\n" });
  t.match(ran, { code: 2, out: "" });
  for (const place of ["bad:2", "bad:4", "bad:5", "bad:6", "stdin:1"]) t.match(ran.err, `${place}: error: `);
  t.equal(await held("touched"), undefined);
  t.match(await ayesRun(["--clients", "2", good, "nowhere"]), { code: 2, err: /nowhere.*no such file/ });
  t.match(await ayesRun(["--summary", good]), { code: 2, err: /goes with --clients/ });
  t.match(await ayesRun(["--clients", "0", good]), { code: 2, err: /1 to 1000/ });
  t.match(await ayesRun(["--clients", "2", good], { url: "http://127.0.0.1:1" }), { code: 3, out: "" });
});

t.test("for people: one line each, and a summary", async (t) => {
  const lines = ["begin", "put x [1]", "commit", "get x", "add x 1", "keys x --limit 5", "quit", "put x 2"];
  const stream = file("mixed", lines);
  const open = file("open", ["begin", "put never 1"]);
  const ran = await ayesRun(["--clients", "1", stream, open]);
  t.equal(ran.code, 2, "the worst one");
  const rows = ran.out.split("\n").map((line) => line.split("\t"));
  t.match(rows, [
    ["client 1", "mixed:1", "noted", "-", /nothing is locked or written before commit/],
    ["client 1", "mixed:2", "noted"],
    ["client 1", "mixed:3", "committed", /^[0-9A-Z]{26}$/],
    ["client 1", "mixed:4", "read", rows[2]?.[3], "[1]"],
    ["client 1", "mixed:5", "aborted", /^[0-9A-Z]{26}$/, /add needs a number/],
    ["client 1", "mixed:6", "done", "-", '{"key":"x"}'],
    ["client 1", "open:1", "noted"],
    ["client 1", "open:2", "noted"],
    ["client 1", "open:2", "error", "-", /ends inside a transaction: nothing of it was sent/],
    [/^1 client, 2 files, 8 statements, [\d.]+ s$/],
    ["committed 1, aborted 1 (1 not-a-number), unknown 0, errors 1 (1 invalid), read 1, not found 0, not issued 2"],
    [/^[\d.]+ commits\/s, p50 [\d.]+ ms, p99 [\d.]+ ms$/],
  ]);
  t.equal(await held("never"), undefined);
  const summary = await ayesRun(["--clients", "3", "--summary", file("three", ["put y 1"])]);
  t.equal(summary.out.split("\n").length, 4);
});

t.test("reads of several keys, of a range, and of a transaction that only reads", async (t) => {
  const lines = ["tx put p1 1, put p2 x, del p3", "begin", "read p1 p2", "scan p --limit 5", "commit", "read p1 p3"];
  const ran = await ayesRun(["--clients", "1", file("pairs", lines)]);
  t.equal(ran.code, 1, "p3 is not there");
  const rows = ran.out.split("\n").map((line) => line.split("\t"));
  t.match(rows, [
    ["client 1", "pairs:1", "committed"],
    ["client 1", "pairs:2", "noted"],
    ["client 1", "pairs:3", "read", "-", '"p1" 1, "p2" "x"'],
    ["client 1", "pairs:4", "read", "-", '"p1" 1, "p2" "x"'],
    ["client 1", "pairs:5", "committed", "-"],
    ["client 1", "pairs:6", "read", "-", '"p1" 1, "p3" -'],
    [/^1 client/],
    ["committed 1, aborted 0, unknown 0, errors 0, read 4, not found 1"],
  ]);
  const json = await ayesRun(["--clients", "1", "--json", file("account", ["begin", "read p1 p2", "commit"])]);
  const commit = JSON.parse(json.out.split("\n")[2] ?? "");
  t.match(commit, { outcome: "committed", read: [{ key: "p1", is: "version" }, { key: "p2" }], written: [] });
});

const MANY = 20_000;

t.test("Ctrl-C: what is under way is answered, and the summary comes", async (t) => {
  const stream = file("many", Array(MANY).fill("add many 1"));
  let asked = false;
  const heard = (out: string, stop: () => void) => {
    if (!asked && out.includes("committed")) stop();
    asked ||= out.includes("committed");
  };
  const ran = await ayesRun(["--clients", "2", "--json", stream], { heard });
  t.equal(ran.code, 130);
  t.match(ran.sum, { of: 2 * MANY, unknown: {} });
  t.ok(ran.sum.statements < 2 * MANY);
  t.equal(await held("many"), ran.sum.committed);
});

t.test("a cluster that goes away ends its clients, with a summary", async (t) => {
  const stream = file("more", Array(MANY).fill("add more 1"));
  let closed: Promise<void> | undefined;
  const heard = (out: string) => {
    if (out.includes("committed")) closed ??= serving.close();
  };
  const ran = await ayesRun(["--clients", "2", "--json", stream], { heard });
  await closed;
  t.ok(ran.code === 3 || ran.code === 4, `code ${ran.code}`);
  t.same(Object.keys(ran.sum.errors), ["no-cluster"]);
  t.ok(ran.sum.statements < 2 * MANY);
});
