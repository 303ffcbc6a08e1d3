/** Getting a node stuck in its store, as a slow disk would. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import type { NodeSpec } from "../../runtime/hosts/host.js";

const INTRUDER = fileURLToPath(new URL("./intruder.js", import.meta.url));

/** Resolves when somebody else holds the store's write lock, with what makes him let go of it. */
export async function intrude(t: Test, { folder }: NodeSpec): Promise<() => void> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [INTRUDER, folder], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return () => child.stdin.end();
}
