/** The bank of the README, as it stands there: programs that transfer, one that looks, and nodes that die meanwhile. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const ROOT = new URL("../../../", import.meta.url).pathname;

t.test("the sum never changes, and no balance is below zero", async (t) => {
  const cluster = await open({ temporary: true, hosts: "processes", chaos: true });
  const serving = await serve(cluster, { port: 0, chaos: true });
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  const program = install(t.testdir(), serving.url);
  const opened = spawn(process.execPath, [program, "open"], { stdio: "inherit" });
  t.same(await once(opened, "exit"), [0, null]);
  const tellers = [start(program), start(program)];
  const audit = start(program, "audit");
  for (const [node, at] of [["n2"], ["c1", "after-decision"], ["n1", "after-vote"]] as const) {
    await passed(() => tellers.every(({ lines }) => lines.filter(isCommitted).length >= 10));
    await cluster.crash(node, at && { at });
    for (const { lines } of tellers) lines.length = 0;
  }
  await passed(() => tellers.every(({ lines }) => lines.some(isCommitted)));
  await passed(() => audit.lines.length >= 5);
  for (const { child } of [...tellers, audit]) child.kill();
  for (const line of audit.lines) t.match(line, /^sum 1000, least \d+$/);
  const overdraw = () => cluster.transact([{ op: "add", key: ["accounts", 0], delta: -1001 }]);
  let result = await overdraw();
  // The last node that was to die may do so only now.
  while ("why" in result && result.why.code !== "constraint") result = await overdraw();
  t.match(result, {
    outcome: "aborted",
    why: { code: "constraint", key: ["accounts", 0], constraint: 'min 0 on ["accounts"]' },
  });
});

/** The program in a folder where it finds the package, for this cluster. */
function install(folder: string, url: string): string {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, code = ""] = /## A bank in thirty lines.*?```js\n(.*?)```/s.exec(text) ?? [];
  t.ok(code.trim().split("\n").filter(Boolean).length <= 30, "it has thirty lines at most");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules", "ayes"));
  const program = join(folder, "bank.mjs");
  writeFileSync(program, code.replace("http://127.0.0.1:7411", url));
  return program;
}

function start(program: string, ...args: string[]): { child: ChildProcess; lines: string[] } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, lines };
}

function isCommitted(line: string): boolean {
  return line.includes(": committed");
}

async function passed(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); ) {
    if (Date.now() > end) throw new Error("it takes too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
