/** `ayes explore`: its last line is an object that scripts rely on, and mistakes are explained. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ayes-explore-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function explore(...words: string[]): { code: number | null; out: string; err: string } {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "explore", ...words], {
    env,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

t.test("a published specification as JSON", async (t) => {
  for (const [spec, distinctStates, depth] of [
    ["tcommit", 34, 7],
    ["two-phase", 288, 11],
  ] as const) {
    const { code, out, err } = explore("--spec", spec, "--participants", "3", "--json");
    t.equal(code, 0);
    t.equal(err, "", "no progress where nobody looks");
    const report = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
    t.match(report, { spec, participants: 3, distinctStates, depth, violation: null });
    t.type(report.seconds, "number");
    t.type(report.transitions, "number");
  }
});

t.test("the shipped core as JSON", async (t) => {
  const { code, out } = explore("--protocol", "2pc", "--participants", "1", "--crashes", "1", "--json");
  t.equal(code, 0);
  const report = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  t.match(report, { protocol: "2pc", participants: 1, crashes: 1, transactions: 1, violation: null });
  t.ok(report.blocking.states > 0);
  t.equal(report.blocking.example[1], "> nodes c1 n1");
});

t.test("three-phase commit as JSON, and for people", async (t) => {
  const words = ["--protocol", "3pc", "--processes", "2", "--crashes", "2"];
  const json = explore(...words, "--json");
  t.equal(json.code, 0);
  const report = JSON.parse(json.out.trimEnd().split("\n").at(-1) ?? "");
  t.match(report, { protocol: "3pc", processes: 2, crashes: 2, rounds: 2, beyond: 0, violation: null });
  t.ok(report.distinctStates > 100);
  const { code, out } = explore(...words);
  t.equal(code, 0);
  t.match(out, /3pc, 2 processes, 2 crashes: no violation/);
  t.match(out, /all that are up come to a decision/);
});

t.test("for people: what blocks, why, and the conversation to keep", async (t) => {
  const file = join(folder, "kept.txt");
  const { code, out } = explore("--participants", "2", "--crashes", "1", "--blocking", "--keep", file);
  t.equal(code, 0);
  t.match(out, /2 participants, 1 crash, 1 transaction: no violation/);
  t.match(out, /blocking states\t\d+/);
  t.match(out, /undecided\t2\t0\t0\t\d+/);
  const kept = readFileSync(file, "utf8");
  t.match(kept, /> crash c1/);
  t.ok(out.includes(kept));
});

t.test("mistakes are explained, with exit code 2", async (t) => {
  for (const [words, says] of [
    [["--participants", "0"], /whole number of at least 1/],
    [["--participants", "9"], /--participants is at most 5/],
    [["--crashes", "-1"], /whole number/],
    [["--spec", "three-phase"], /Allowed choices are tcommit, two-phase/],
    [["--spec", "tcommit", "--crashes", "1"], /takes only --participants/],
    [["--protocol", "4pc"], /Allowed choices are 2pc, 3pc/],
    [["--protocol", "3pc", "--participants", "2"], /--protocol 3pc has --processes/],
    [["--protocol", "3pc", "--processes", "6"], /--processes is at most 5/],
    [["--protocol", "3pc", "--blocking"], /three-phase commit does not block/],
    [["--protocol", "3pc", "--transactions", "2"], /explores one transaction/],
    [["--processes", "2"], /go with --protocol 3pc/],
    [["--participants", "1", "--keep", join(folder, "none", "x.txt")], /cannot write/],
  ] as const) {
    const { code, err } = explore(...words);
    t.equal(code, 2, words.join(" "));
    t.match(err, says);
    t.notMatch(err, /\n\s+at /, "no stack trace");
  }
});
