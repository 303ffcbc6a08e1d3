/** `ayes torture`, a short slice of it: real processes, real faults, nothing broken and nothing left behind. */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { strayProcesses } from "../../cli/torture/leftovers.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "ayes-t-"));
t.teardown(() => rmSync(temporary, { recursive: true, force: true }));

type Ended = { code: number | null; out: string; remarks: string };

function torture(words: readonly string[], onRemark: (remarks: string, stop: () => void) => void = () => undefined) {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, "torture", ...words], { env: { ...env, TMPDIR: temporary } });
  let [out, remarks] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    remarks += chunk;
    onRemark(remarks, () => child.kill("SIGINT"));
  });
  return new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, out, remarks })));
}

function leftBehind(): string[] {
  const mounts = readMounts().filter((line) => line.includes(temporary));
  return [...readdirSync(temporary), ...mounts, ...strayProcesses(temporary)];
}

function readMounts(): string[] {
  try {
    return readFileSync("/proc/mounts", "utf8").split("\n");
  } catch {
    return [];
  }
}

t.test("seven seconds of it", async (t) => {
  const { code, out, remarks } = await torture(["--minutes", "0.12", "--seed", "11", "--protocol", "mixed", "--json"]);
  const report = JSON.parse(out);
  t.same(report.violations, [], remarks);
  t.match(report, { ok: true, seed: 11, rounds: 1, kept: null });
  t.equal(code, 0);
  t.match(report.history, { exact: true, anomalies: [] });
  t.ok(report.history.operations > 0);
  t.ok(report.committed > 0 && report.reads > 0, `${report.committed} committed, ${report.reads} read`);
  t.ok(report.functions.committed > 0 && report.functions.attempts >= report.functions.committed);
  const faults = Object.values<number>(report.faults).reduce((sum, times) => sum + times, 0);
  t.ok(faults > 0, remarks);
  t.same(leftBehind(), []);
});

t.test("Ctrl-C ends it early, with all checks and nothing left behind", async (t) => {
  const { code, out } = await torture(["--minutes", "30", "--seed", "12"], (remarks, stop) => {
    if (remarks.includes("well after")) stop();
  });
  t.match(out, /^nothing was broken in .* seed 12\n/);
  t.equal(code, 130);
  t.same(leftBehind(), []);
});

t.test("what it cannot do is said at once", async (t) => {
  t.equal((await torture(["--hosts", "threads"])).code, 2);
  t.equal((await torture(["--minutes", "-1"])).code, 2);
});
