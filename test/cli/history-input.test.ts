/** What is no history is refused with the line that is wrong; and what people and programs see of a verdict. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { checkHistory } from "../../cli/history/check.js";
import { parseLine } from "../../cli/history/lines.js";
import { Problem } from "../../cli/language/problem.js";
import { goodHistory } from "./histories.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ayes-check-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const PUT = '{"process":0,"type":"invoke","f":"put","key":"x","value":1,"time":1}';
const DONE = '{"process":0,"type":"ok","f":"put","key":"x","value":1,"time":2}';
const GET = '{"process":1,"type":"invoke","f":"get","key":"x","time":3}';
const GOT = '{"process":1,"type":"ok","f":"get","key":"x","value":1,"time":4}';
const STALE = '{"process":1,"type":"ok","f":"get","key":"x","time":4}';
const TXN = '{"process":2,"type":"invoke","f":"txn","value":[["append","z",1],["r","x",null]],"time":5}';

const WRONG: Record<string, [text: string, says: RegExp]> = {
  nothing: ["", /the history is empty/],
  "no JSON": [`${PUT}\n${DONE}\nhello`, /line 3: it is not JSON/],
  "an empty line": [`${PUT}\n\n${DONE}`, /line 2: it is empty/],
  "no object": [`${PUT}\n[1]`, /line 2: it is no JSON object/],
  "an unknown type": [PUT.replace("invoke", "begin"), /line 1: "type" is one of invoke, ok, fail, info, not "begin"/],
  "an unknown function": [PUT.replace('"put"', '"cas"'), /line 1: "f" is one of .*, not "cas"/],
  "no process": [PUT.replace('"process":0,', ""), /line 1: "process" is a whole number, not left out/],
  "no time": [PUT.replace(',"time":1', ""), /line 1: "time" is a number, not left out/],
  "no key": [PUT.replace('"key":"x",', ""), /line 1: "key" is a text, not left out/],
  "a put without a value": [PUT.replace('"value":1,', ""), /line 1: a put needs a "value"/],
  "a step that is none": [TXN.replace('"append"', '"add"'), /line 1: a step is/],
  "an answer to nothing": [DONE, /line 1: process 0 has asked for nothing/],
  "an answer twice": [`${PUT}\n${DONE}\n${DONE}`, /line 3: process 0 has asked for nothing/],
  "a second request before the answer": [`${PUT}\n${PUT}`, /line 2: process 0 still waits for the answer to line 1/],
  "an answer to another request": [`${PUT}\n${DONE.replace('"x"', '"y"')}`, /line 2: it answers another request/],
  "an answer with another value": [`${PUT}\n${DONE.replace(":1,", ":7,")}`, /line 2: its value does not answer/],
  "time that goes back": [`${PUT}\n${DONE.replace(":2}", ":0.5}")}`, /line 2: time goes back, from 1 to 0.5/],
  "a list that is written as a whole": [
    `${PUT}\n${TXN.replace('"z"', '"x"')}`,
    /line 2: key "x" is both written and appended/,
  ],
};

for (const [title, [text, says]] of Object.entries(WRONG)) {
  t.test(`refused: ${title}`, async (t) => {
    const lines = text === "" ? [] : text.split("\n");
    t.throws(() => checkHistory(lines.map((line, index) => parseLine(line, index + 1))), { message: says });
    t.throws(() => checkHistory(lines.map((line, index) => parseLine(line, index + 1))), Problem);
  });
}

t.test("what is unusual but allowed", async (t) => {
  const events = (...lines: string[]) => lines.map((line, index) => parseLine(line, index + 1));
  const info = DONE.replace('"ok"', '"info"');
  const again = `{"process":0,"type":"invoke","f":"put","key":"x","value":2,"time":3}`;
  t.match(checkHistory(events(PUT)), { valid: true, operations: 1 }, "an end without answers");
  t.match(checkHistory(events(PUT, info, again)), { valid: true, operations: 2 }, "a process goes on after an info");
  t.match(
    checkHistory(events(PUT, DONE.replace('"value":1,', ""))),
    { valid: true },
    "an ok that does not repeat the value",
  );
  t.match(checkHistory(events(TXN, TXN.replace("invoke", "fail"))), { valid: true }, "a failed transaction");
  const objects = events(PUT, DONE, GET, GOT).map((event) => {
    if (event.value === undefined) return event;
    return { ...event, value: event.f === "get" ? { b: [1], a: "é" } : { a: "é", b: [1] } };
  });
  t.match(checkHistory(objects), { valid: true }, "objects are equal whatever the order of their names");
});

function check(words: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  return spawnSync(process.execPath, [MAIN, "check", ...words], { env, input, encoding: "utf8" });
}

t.test("a good history: exit code 0, one line", async (t) => {
  const file = join(folder, "good.jsonl");
  const draw = (_dice: unknown, key: () => string, unique: () => number) =>
    ({ f: "put", key: key(), value: unique() }) as const;
  const events = goodHistory(1, { operations: 1234, processes: 3, keys: 2, draw });
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const { status, stdout } = check([file]);
  t.equal(status, 0);
  t.match(stdout, /^strictly serializable: 1,234 operations on 2 keys, 3 processes, \d+\.\d s\n$/);
});

t.test("an anomaly: exit code 1, its name, its part of the history", async (t) => {
  const { status, stdout } = check(["-"], `${PUT}\n${DONE}\n${GET}\n${STALE}\n`);
  t.equal(status, 1);
  t.match(stdout, /^not strictly serializable: 2 operations on 1 key, 2 processes/);
  t.match(stdout, /stale read: .*\n.*\n1\t0\t1 to 2\tput "x" 1\n3\t1\t3 to 4\tget "x" = null\n/);
});

t.test("for programs: one object", async (t) => {
  const { status, stdout } = check(["-", "--json"], `${PUT}\n${DONE}\n${GET}\n${STALE}\n`);
  t.equal(status, 1);
  t.equal(stdout.trimEnd().split("\n").length, 1);
  t.match(JSON.parse(stdout), {
    valid: false,
    exact: true,
    operations: 2,
    seconds: Number,
    anomalies: [
      {
        name: "stale read",
        explanation: String,
        operations: [
          { line: 1, process: 0, f: "put", key: "x", value: 1, invokedAt: 1, endedAt: 2, ended: "ok" },
          { line: 3, process: 1, f: "get", key: "x", value: null, invokedAt: 3, endedAt: 4, ended: "ok" },
        ],
        cycle: [],
      },
    ],
  });
});

t.test("bad input: exit code 2, on stderr", async (t) => {
  t.match(check(["-"]), { status: 2, stdout: "", stderr: /the history is empty/ });
  t.match(check(["-"], "hello"), { status: 2, stderr: /line 1: it is not JSON/ });
  t.match(check([join(folder, "nowhere")]), { status: 2, stderr: /cannot read the file .*there is no such file/ });
  t.match(check([folder]), { status: 2, stderr: /it is a folder/ });
  t.match(check([]), { status: 2, stderr: /missing required argument/ });
  t.match(check(["-", "--json"], "hello"), { status: 2, stderr: /^\{"error":/ });
});
