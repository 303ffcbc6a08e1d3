/** The raw commit chain of a disk: three files appended and flushed in parallel, then one more. No engine can be faster unbatched. */

import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const RECORD = Buffer.alloc(200, 1);

/** Chains per second. */
export async function chainRate(forMs: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "ayes-chain-"));
  const files = await Promise.all(["n1", "n2", "n3", "c1"].map((name) => open(join(folder, name), "a")));
  const decision = files.pop();
  let chains = 0;
  const start = performance.now();
  while (performance.now() - start < forMs) {
    await Promise.all(files.map(force));
    if (decision) await force(decision);
    chains += 1;
  }
  const seconds = (performance.now() - start) / 1000;
  await Promise.all([...files, decision].map((file) => file?.close()));
  rmSync(folder, { recursive: true });
  return chains / seconds;
}

async function force(file: FileHandle): Promise<void> {
  await file.write(RECORD);
  await file.datasync();
}
