/** The whole program dies by SIGKILL, again and again: whoever opens the folder next finds all that was acknowledged. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import t from "tap";
import { strayProcesses } from "../../cli/torture/leftovers.js";
import { until } from "../../cli/torture/polling.js";
import { readStores, storeViolations } from "../../cli/torture/stores.js";
import type { Result } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { violations } from "./invariants.js";
import type { History } from "./load.js";

const PROGRAM = fileURLToPath(new URL("./program.js", import.meta.url));
const COMMITS = 150;

for (const hosts of ["processes", "threads"] as const) {
  t.test(`a program with its nodes in ${hosts} is killed twice and re-opened`, async (t) => {
    const data = temporaryFolder(t);
    const sockets = temporaryFolder(t);
    const history: History = new Map();
    for (const name of ["first", "second"]) {
      const { NODE_OPTIONS: _, ...env } = process.env;
      const child = spawn(process.execPath, [PROGRAM, data, hosts, name], {
        env: { ...env, TMPDIR: sockets },
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.teardown(() => child.kill("SIGKILL"));
      await hear(child, history);
    }
    const cluster = await open({ data, hosts, settings: { inquireAfterMs: 100, resendAfterMs: 100 } });
    t.teardown(() => cluster.close());
    t.same(await violations(cluster, history), [], "every invariant holds in the running cluster");
    await cluster.close();
    t.same(storeViolations(readStores(data)), [], "every invariant holds in the stores");
    await until("no node of the dead programs is left", () => strayProcesses(data).length === 0);
    t.same(strayProcesses(data), []);
  });
}

/** Kills the program in the middle of its load, and keeps all that it said. */
async function hear(child: ChildProcess, history: History): Promise<void> {
  const { stdout } = child;
  if (!stdout) throw new Error("the program has no output");
  const ended = once(child, "close");
  let commits = 0;
  for await (const line of createInterface({ input: stdout })) {
    const result = parse(line);
    if (!result) continue; // Cut in two by the kill.
    history.set(result.txn, result);
    if (result.outcome === "committed") commits += 1;
    if (commits >= COMMITS) child.kill("SIGKILL");
  }
  await ended;
}

function parse(line: string): Result | undefined {
  try {
    return JSON.parse(line) as Result;
  } catch {
    return undefined;
  }
}
