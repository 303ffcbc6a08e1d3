/** The shop of the README, as it stands there, killed again and again: orders and invoices always agree. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";

const ROOT = new URL("../../../", import.meta.url).pathname;
const KILLS = 5;

t.test("killed between any two steps, it is right every time", async (t) => {
  const program = install(t.testdir());
  let sold = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { lines, exit } = run(program, Math.random() * 150);
    await exit;
    const [found = "", ...sales] = lines;
    const [, orders, invoices] = /^(\d+) orders, (\d+) invoices: right$/.exec(found) ?? [];
    t.equal(orders, invoices, found);
    t.ok(Number(orders) >= sold, "what was sold stays sold");
    sold = Number(orders) + sales.length;
  }
});

/** Runs it until it has sold something, and so much longer. */
function run(program: string, longerMs: number): { lines: string[]; exit: Promise<unknown> } {
  const child = spawn(process.execPath, [program], { cwd: join(program, ".."), stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (lines.length === 3) setTimeout(() => child.kill("SIGKILL"), longerMs);
  });
  return { lines, exit: once(child, "close") };
}

/** The program in a folder where it finds the package. */
function install(folder: string): string {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, code = ""] = /## Orders in keys, invoices in files.*?```js\n(.*?)```/s.exec(text) ?? [];
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules", "ayes"));
  const program = join(folder, "shop.mjs");
  writeFileSync(program, code);
  return program;
}
