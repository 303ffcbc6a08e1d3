/** `ayes bench`: its last line is an object that scripts rely on, and it leaves nothing behind. */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { checkHistory } from "../../cli/history/check.js";
import type { HistoryEvent } from "../../cli/history/history.js";
import { parseLine } from "../../cli/history/lines.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "ayes-bench-"));
t.teardown(() => rmSync(temporary, { recursive: true, force: true }));

const folder = mkdtempSync(join(tmpdir(), "ayes-bench-history-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function eventsOf(file: string): HistoryEvent[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line, index) => parseLine(line, index + 1));
}

const SHORT = ["--seconds", "0.5", "--warmup", "0.1", "--clients", "8"];

type Ended = { code: number | null; out: string };

/** `soon` is given what it takes to interrupt it. */
function bench(words: readonly string[], soon?: (interrupt: () => void) => void): Promise<Ended> {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, "bench", ...words], { env: { ...env, TMPDIR: temporary } });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  soon?.(() => child.kill("SIGINT"));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
}

t.test("on a cluster of its own, with all promised numbers", async (t) => {
  const { code, out } = await bench([...SHORT, "--json", "--reads", "0.5", "--replicas", "2"]);
  t.equal(code, 0);
  const report = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  t.ok(report.transactionsPerSecond > 0);
  t.ok(report.readsPerSecond > 0);
  t.ok(report.p50Ms > 0 && report.p99Ms >= report.p50Ms);
  t.ok(report.committed > 0);
  t.type(report.aborted, Object);
  t.ok(report.flushesPerTransaction > 0);
  // Two replicas that vote yes: 2n+2u messages and 2u+1 forced writes, apart from what 8 clients have under way at the edges.
  const edges = Math.max(0.06, (2 * 8) / report.committed);
  t.ok(Math.abs(report.messagesPerTransaction - 8) < 8 * edges, String(report.messagesPerTransaction));
  t.ok(Math.abs(report.forcedWritesPerTransaction - 5) < 5 * edges, String(report.forcedWritesPerTransaction));
  t.same(readdirSync(temporary), [], "nothing is left behind");
});

t.test("on a running cluster, its clients in workers, as a table", async (t) => {
  const cluster = await open({ temporary: true, replicas: 2 });
  const serving = await serve(cluster, { port: 0, chaos: false });
  const { code, out } = await bench([serving.url, ...SHORT, "--keys", "20", "--operations", "3"]);
  t.equal(code, 0);
  t.match(out, /transactions\/s\t\d+/);
  t.match(out, /aborted\t\d+ conflict/);
  t.ok((await cluster.keys("bench/")).length > 0);
  await serving.close();
  await cluster.close();
});

t.test("Ctrl-C ends it early, with a report, and nothing left behind", async (t) => {
  const { code, out } = await bench(["--seconds", "300", "--json"], async (interrupt) => {
    // It listens to signals before it has a cluster.
    await until("it has a cluster", () => readdirSync(temporary).length > 0);
    setTimeout(interrupt, 1500);
  });
  t.equal(code, 130);
  t.ok(JSON.parse(out).seconds < 200);
  t.same(readdirSync(temporary), []);
});

t.test("a history of what the clients do, in this process, is complete and good", async (t) => {
  const file = join(folder, "own.jsonl");
  const { code } = await bench([...SHORT, "--keys", "5", "--reads", "0.5", "--history", file]);
  t.equal(code, 0);
  const events = eventsOf(file);
  t.ok(events.filter(({ type, f }) => type === "ok" && f === "get").length > 0);
  t.ok(events.filter(({ type, f }) => type === "ok" && f === "put").length > 0);
  t.match(checkHistory(events), { valid: true, exact: true, keys: 5 });
  t.equal(new Set(events.map(({ value }) => JSON.stringify(value))).size > 10, true, "values tell who wrote them");
});

t.test("a history of transaction functions tells what they read, and is good", async (t) => {
  const file = join(folder, "functions.jsonl");
  const words = ["--keys", "6", "--operations", "2", "--functions", "--history", file];
  const { code, out } = await bench([...SHORT, ...words]);
  t.equal(code, 0);
  const committed = eventsOf(file).filter(({ type, f }) => type === "ok" && f === "txn");
  t.ok(committed.length > 0 && out.includes("read first"));
  t.ok(committed.every(({ value }) => JSON.stringify(value).match(/"r".*"r".*"w".*"w"/)));
  t.match(checkHistory(eventsOf(file)), { valid: true, exact: true });
  rmSync(file);
});

t.test("a history of transactions from workers is put together, and knows nothing of earlier data", async (t) => {
  const cluster = await open({ temporary: true, replicas: 2 });
  const serving = await serve(cluster, { port: 0, chaos: false });
  const file = join(folder, "workers.jsonl");
  for (let run = 0; run < 2; run += 1) {
    const words = ["--keys", "6", "--reads", "0.5", "--operations", "2", "--history", file];
    t.equal((await bench([serving.url, ...SHORT, ...words])).code, 0);
    const events = eventsOf(file);
    t.ok(events.filter(({ type, f }) => type === "ok" && f === "txn").length > 0);
    t.ok(events.filter(({ type, f }) => type === "ok" && f === "get").length > 0);
    t.ok(new Set(events.map(({ process }) => process)).size >= 8, "all clients are in it");
    t.match(checkHistory(events), { valid: true, exact: true });
  }
  t.same(readdirSync(folder).sort(), ["own.jsonl", "workers.jsonl"], "no parts are left");
  await serving.close();
  await cluster.close();
});

t.test("a history that would not be complete, or has no place, is refused", async (t) => {
  t.equal((await bench([...SHORT, "--preload", "--history", join(folder, "never.jsonl")])).code, 2);
  t.equal((await bench([...SHORT, "--history", join(folder, "nowhere", "x.jsonl")])).code, 2);
});
