/** Folders for tests: made from what shall be in them, and told as what is in them. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Cluster } from "../../runtime/api.js";

/** Paths, and what is in each. */
export type Contents = Readonly<Record<string, string>>;

export function make(root: string, contents: Contents): string {
  mkdirSync(root, { recursive: true });
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** All files of a folder. */
export function contentsOf(root: string): Contents {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(files.map((place) => [place.slice(root.length + 1), readFileSync(place, "utf8")]));
}

/** All files of a folder of a cluster. */
export async function contentsIn(cluster: Cluster, prefix: string): Promise<Contents> {
  const contents: Record<string, string> = {};
  for await (const { path } of cluster.files.listAll({ prefix })) {
    contents[path.slice(prefix.length)] = await (await cluster.files.read(path)).text();
  }
  return contents;
}
