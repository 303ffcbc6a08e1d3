/** Clusters with files whose contents stand beside the stores, and ways to harm a content at one replica. */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { sha256 } from "../../runtime/files/content.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import { temporaryFolder } from "../storage/folder.js";
import { QUICK } from "./damaged-cluster.js";

const MIB = 1024 * 1024;
export const REPLICAS = ["n1", "n2", "n3"];

/** Three chunks, of which the last one is short. No two of them are alike, nor the files of different seeds. */
export function bytesOf(seed: number): Buffer {
  const bytes = Buffer.alloc(2 * MIB + 12_345);
  for (let at = 0; at < bytes.length; at += 4)
    bytes.writeUInt32LE((at * 2_654_435_761 + seed) >>> 0, Math.min(at, bytes.length - 4));
  return bytes;
}

export function digestOf(bytes: Uint8Array): string {
  return sha256(bytes).toString("hex");
}

export async function clusterOfFiles(t: Test, options: OpenOptions = {}): Promise<{ data: string; cluster: Cluster }> {
  const data = options.data ?? temporaryFolder(t);
  const cluster = await open({ data, chaos: true, settings: QUICK, ...options });
  t.teardown(() => cluster.close());
  return { data, cluster };
}

export function contentPath(data: string, node: string, bytes: Uint8Array): string {
  return join(data, "nodes", node, "contents", digestOf(bytes));
}

/** Whether a replica has the content as it was written. */
export function isWhole(data: string, node: string, bytes: Buffer): boolean {
  const path = contentPath(data, node, bytes);
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile && readFileSync(path).equals(bytes);
}

export async function untilWhole(data: string, bytes: Buffer, nodes: readonly string[] = REPLICAS): Promise<void> {
  await until(`${nodes.join(", ")} have it whole`, () => nodes.every((node) => isWhole(data, node, bytes)));
}

/** What is staged anywhere. */
export function stagedIn(data: string): string[] {
  return REPLICAS.flatMap((node) => {
    const folder = join(data, "nodes", node, "staged");
    return existsSync(folder) ? readdirSync(folder) : [];
  });
}

export function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Ways to harm a content. */
export const HARMS: Record<string, (path: string) => void> = {
  "a byte of its first chunk flipped": (path) => flipByte(path, 7),
  "a byte of its last chunk flipped": (path) => flipByte(path, 2 * MIB + 7),
  "cut in the middle": (path) => truncateSync(path, MIB + 7),
  emptied: (path) => truncateSync(path, 0),
  deleted: (path) => rmSync(path),
  "replaced by a link": (path) => {
    rmSync(path);
    symlinkSync("/etc/hostname", path);
  },
  "replaced by a FIFO": (path) => {
    rmSync(path);
    execFileSync("mkfifo", [path]);
  },
  "replaced by a folder": (path) => {
    rmSync(path);
    mkdirSync(join(path, "deeper"), { recursive: true });
  },
};
