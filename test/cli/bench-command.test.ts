/** `ayes bench`: its last line is an object that scripts rely on, and it leaves nothing behind. */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "ayes-bench-"));
t.teardown(() => rmSync(temporary, { recursive: true, force: true }));

const SHORT = ["--seconds", "0.5", "--warmup", "0.1", "--clients", "8"];

function bench(words: readonly string[], interruptAfterMs?: number): Promise<{ code: number | null; out: string }> {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, "bench", ...words], { env: { ...env, TMPDIR: temporary } });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  if (interruptAfterMs !== undefined) setTimeout(() => child.kill("SIGINT"), interruptAfterMs);
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
  // Two replicas that vote yes: 2n+2u messages and 2u+1 forced writes, apart from what is under way at the edges.
  t.ok(Math.abs(report.messagesPerTransaction - 8) < 0.5, String(report.messagesPerTransaction));
  t.ok(Math.abs(report.forcedWritesPerTransaction - 5) < 0.5, String(report.forcedWritesPerTransaction));
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
  const { code, out } = await bench(["--seconds", "60", "--json"], 2500);
  t.equal(code, 130);
  t.ok(JSON.parse(out).seconds < 30);
  t.same(readdirSync(temporary), []);
});
