/**
 * `npm run files -- --kills 1000`: a program that replaces a folder of 100 files in each transaction is killed at steps and at
 * moments drawn from a seed. Each life looks whether the one before has left every file exactly old or exactly new.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Random } from "../../runtime/simulation/random.js";
import { FileKiller } from "./file-killer.js";
import { STEPS, seen } from "./file-steps.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    files: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    hosts: { type: "string", default: "processes" },
  },
});
const EACH = 25;
/** So long it lives at most. It follows the machine: some lives come to commit something, others do not. */
let longestMs = 600;
const PACE = { shorter: 0.95, longer: 1.1 };

const place = mkdtempSync(join(tmpdir(), "ayes-files-"));
const data = join(place, "data");
const random = new Random(Number(values.seed), "kills");
const killer = new FileKiller({
  data,
  hosts: values.hosts === "threads" ? "threads" : "processes",
  files: Number(values.files),
  temporary: place,
});

/** Half of them at a step of a replica, the others at any moment. */
function moment(): Promise<void> {
  const afterMs = random.next() * longestMs;
  if (random.chance(0.5)) return sleep(afterMs);
  const node = join(data, "nodes", random.pick(["n1", "n2", "n3"]));
  return seen(node, random.pick(Object.values(STEPS)), afterMs);
}

let committed = 0;
for (let kill = 0; kill <= Number(values.kills); kill += 1) {
  const life = await killer.life(moment);
  committed += life.committed;
  longestMs *= life.committed > 0 ? PACE.shorter : PACE.longer;
  if (life.found.length > 0) {
    console.log(`after ${kill} kills: ${life.found.join("; ")}\nkept in ${data}`);
    process.exit(1);
  }
  if (kill > 0 && kill % EACH === 0) console.error(`${kill} kills, ${committed} versions committed`);
}
rmSync(place, { recursive: true, force: true });
console.log(`${values.kills} kills, ${committed} versions committed: each folder was exactly old or exactly new`);
