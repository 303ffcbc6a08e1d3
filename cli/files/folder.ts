/** What is in a folder of this computer, however deep. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../language/problem.js";
import { localProblem } from "./local-problem.js";
import { lookAt } from "./ordinary.js";

/** A file, by the parts of its path within the folder and where it is. */
export type LocalFile = { path: string; place: string; size: number };
/** What no copy touches, and why. */
export type Skipped = { path: string; why: string };

export type Found = {
  /** In the order of their paths. */
  files: LocalFile[];
  skipped: Skipped[];
  /** Names that cannot be read as text, as nearly as they can be shown. */
  unreadable: string[];
};

/** Where copies stand that are not complete yet. */
export const PARTIAL = /^\.ayes-copy-/;

/** All ordinary files. Links are not followed, and nothing else is looked into. */
export async function walk(root: string): Promise<Found> {
  await requireFolder(root);
  const found: Found = { files: [], skipped: [], unreadable: [] };
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name, isFolder } of await entriesOf(join(root, folder))) {
      const path = folder === "" ? name.text : `${folder}/${name.text}`;
      if (!name.isText) found.unreadable.push(path);
      else if (!isFolder) await take(found, root, path);
      else if (!PARTIAL.test(name.text)) folders.push(path);
    }
  }
  found.files.sort((left, right) => (left.path < right.path ? -1 : 1));
  return found;
}

async function take(found: Found, root: string, path: string): Promise<void> {
  const place = join(root, path);
  const seen = await lookAt(place);
  if (seen?.kind === "file") found.files.push({ path, place, size: seen.size });
  else if (seen) found.skipped.push({ path, why: seen.kind });
}

type Entry = { name: { text: string; isText: boolean }; isFolder: boolean };

/** A disk does not know which texts its names are. */
async function entriesOf(place: string): Promise<Entry[]> {
  try {
    const entries = await readdir(place, { withFileTypes: true, encoding: "buffer" });
    return entries.map((entry) => {
      const text = entry.name.toString();
      return { name: { text, isText: Buffer.from(text).equals(entry.name) }, isFolder: entry.isDirectory() };
    });
  } catch (error) {
    throw localProblem(place, error);
  }
}

/** A link to a folder is one only with a slash behind it, as everywhere. */
async function requireFolder(root: string): Promise<void> {
  const found = await lookAt(root);
  if (!found) throw new Problem(`there is no local folder ${JSON.stringify(root)}`);
  if (found.kind === "folder") return;
  const hint = found.kind === "symbolic link" ? `; ${JSON.stringify(`${root}/`)} is what it leads to` : "";
  throw new Problem(`${JSON.stringify(root)} is a ${found.kind}, not a folder${hint}`);
}
