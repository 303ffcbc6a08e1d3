/** A cluster with an attached folder, and a transaction that changes both. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { type OpenOptions, open } from "../../runtime/client.js";
import type { FolderStatus } from "../../runtime/folders-api.js";
import type { TransactionFunction } from "../../runtime/function-api.js";
import { temporaryFolder } from "../storage/folder.js";

export const text = (...path: string[]) => readFileSync(join(...path), "utf8");

export async function siteIn(
  t: Test,
  options: OpenOptions = {},
): Promise<{ cluster: Cluster; data: string; dir: string }> {
  const [data, dir] = [temporaryFolder(t), temporaryFolder(t)];
  for (const name of ["a", "b", "c"]) writeFileSync(join(dir, name), "old");
  const cluster = await reopen(t, data, options);
  await cluster.folders.attach("site", dir);
  return { cluster, data, dir };
}

export async function reopen(t: Test, data: string, options: OpenOptions = {}): Promise<Cluster> {
  const settings = { inquireAfterMs: 50, resendAfterMs: 50 };
  const cluster = await open({ data, replicas: 2, chaos: true, settings, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

export const deploy: TransactionFunction<void> = async (t) => {
  const site = t.folder("site");
  await site.write("a", "new");
  await site.write("made/d", "new");
  await site.delete("b");
  t.put("deployed", true);
};

export const status = async (cluster: Cluster) => (await cluster.folders.list())[0] as FolderStatus;
