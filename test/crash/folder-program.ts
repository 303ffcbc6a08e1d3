/** A program that changes a folder and a key together, again and again, and is killed at a step of the disk or by its parent. */

import { writeSync } from "node:fs";
import { open } from "../../runtime/client.js";
import { DiskSteps } from "./disk-steps.js";
import { filesOf, flawsOf } from "./folder-load.js";

const [data = "", dir = "", step = "", replicas = "3"] = process.argv.slice(2);
if (data === "") process.exit(0); // Started by somebody who takes it for a test.

const steps = new DiskSteps(dir);
const cluster = await open({ data, replicas: Number(replicas), settings: { inquireAfterMs: 50, resendAfterMs: 50 } });
const [folder] = await cluster.folders.list();
if (!folder) await cluster.folders.attach("site", dir);
const generation = Number((await cluster.get("generation")).value ?? 0);
const flaws = flawsOf(dir, generation);
if (folder && folder.state !== "ready") flaws.push(`${folder.state}: ${folder.reason}`);
say({ generation, flaws });

if (step !== "0") {
  steps.arm((count) => {
    if (count === Number(step)) process.kill(process.pid, "SIGKILL");
  });
}
for (let next = generation + 1; step !== "0"; next += 1) {
  const before = steps.count;
  const shall = filesOf(next);
  const result = await cluster.transaction(async (t) => {
    const site = t.folder("site");
    for (const path of filesOf(next - 1).keys()) if (!shall.has(path)) await site.delete(path);
    await Promise.all([...shall].map(([path, text]) => site.write(path, text)));
    t.put("generation", next);
  });
  say({ ...result, steps: steps.count - before });
  if (next > generation + 2 && step !== "any") break;
}
await cluster.close();

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
