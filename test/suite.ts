/**
 * Runs test files, all of them unless some are named, and says how they went as TAP.
 *
 * The runner of `tap` would start each file, and every process that a file starts, with loaders that watch what is
 * imported: they took half of the processor's time, and nobody looks at what they see.
 */

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
/** When a file is taken to hang; the slowest one takes a minute on a busy machine. */
const LIMIT_S = 420;

function allFiles(): string[] {
  const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.js")).map((name) => relative("", join(FOLDER, name)));
}

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : allFiles()).sort();
t.setTimeout(0);
// They also wait, for disks and for what shall happen: one more than there are cores.
t.jobs = availableParallelism() + 1;
t.plan(files.length);
for (const file of files) {
  // `t.spawn` adds the loaders to the environment, and `env` takes them out again.
  const words = ["-u", "NODE_OPTIONS", `TAP_TIMEOUT=${LIMIT_S}`, process.execPath, ...process.execArgv, file];
  void t.spawn("env", words, { buffered: true, timeout: LIMIT_S * 1000, name: file });
}
