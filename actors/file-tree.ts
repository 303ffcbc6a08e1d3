/**
 * FILE4. No file stands where another one needs a folder. So all files together could stand in a folder of a disk. Whoever
 * writes a file locks what its folders would be called for reading: nobody makes a file of them meanwhile.
 */

import { fileKey, pathIn } from "./file.js";
import type { Env } from "./protocol.js";
import { prefixRange } from "./range.js";
import type { Key, Write } from "./transaction.js";

/** The keys that the folders of a file would have if they were files. */
export function folderKeys(key: Key): Key[] {
  const path = pathIn(key);
  if (path === undefined) return [];
  const keys: Key[] = [];
  for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) keys.push(fileKey(path.slice(0, end)));
  return keys;
}

/** The file that is in the way of one of these writes, once all of them have taken effect. */
export function obstacleTo(writes: readonly Write[], env: Pick<Env, "read" | "scan">): string | undefined {
  const files = new Map(writes.filter(({ key }) => pathIn(key) !== undefined).map(({ key, value }) => [key, value]));
  const exists = (key: Key) => (files.has(key) ? files.get(key) !== undefined : env.read(key) !== undefined);
  for (const [key, value] of files) {
    if (value === undefined) continue;
    const obstacle = folderKeys(key).find(exists) ?? childOf(key, files, env);
    if (obstacle !== undefined) return pathIn(obstacle);
  }
  return undefined;
}

/** What is in the folder that this file would replace, and stays there. */
function childOf(key: Key, files: ReadonlyMap<Key, unknown>, env: Pick<Env, "scan">): Key | undefined {
  const children = env.scan(prefixRange(`${key}/`), files.size + 1);
  return children.find((child) => !files.has(child.key) || files.get(child.key) !== undefined)?.key;
}
