/** Which folders are attached to a cluster, beside its nodes, and which may be. */

import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { sealText, unsealText } from "../../storage/codec.js";
import { isFile } from "../../storage/guard.js";
import { writeBeside } from "../config.js";
import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";

/** A folder as it is remembered. Its id is a name that no other folder has, and that its row in the cluster has. */
export type Registered = { name: string; id: string; dir: string };

const FILE = "folders.json";
const FORMAT = 1;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function readFolders(data: string): Registered[] {
  const path = join(data, FILE);
  if (!isFile(path)) return [];
  const text = unsealText(readFileSync(path, "utf8"));
  if (text === undefined) {
    const help = "restore it from a backup; without it no folder is attached, and each can be attached again";
    throw new AyesError("damaged-store", `${path} is damaged; ${help}`);
  }
  const { format, folders } = JSON.parse(text) as { format: number; folders: Registered[] };
  if (format === FORMAT) return folders;
  throw new AyesError("other-version", `${path} has format ${format}; this version of ayes reads ${FORMAT}`);
}

export function writeFolders(data: string, folders: readonly Registered[]): void {
  writeBeside(data, FILE, sealText(JSON.stringify({ format: FORMAT, folders })));
}

/** The name of a folder. */
export function checkFolderName(name: unknown): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  const form = "1 to 64 letters, digits, . _ and -, a letter or digit first";
  throw new AyesError("invalid", `the name of a folder must be ${form}, not ${describe(name)}`);
}

/** Where a folder really is that can be attached under this name, beside those that are. */
export function checkPlace(dir: unknown, name: string, data: string, others: readonly Registered[]): string {
  const place = realFolder(dir);
  if (lieTogether(place, realpathSync(data))) {
    throw new AyesError("invalid", `${place} and the data folder lie in each other; choose a folder elsewhere`);
  }
  for (const other of others) {
    if (other.name === name && other.dir === place) continue;
    const about = `as ${JSON.stringify(other.name)}`;
    if (other.dir === place) throw new AyesError("invalid", `${place} is attached already, ${about}`);
    if (other.name === name) throw new AyesError("invalid", `another folder is attached ${about}: ${other.dir}`);
    if (lieTogether(place, other.dir)) {
      throw new AyesError("invalid", `${place} and ${other.dir}, attached ${about}, lie in each other`);
    }
  }
  return place;
}

function realFolder(dir: unknown): string {
  if (typeof dir !== "string" || dir === "" || dir.includes("\0")) {
    throw new AyesError("invalid", `the folder must be a path, not ${describe(dir)}`);
  }
  const path = resolve(dir);
  try {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) throw new AyesError("invalid", `${path} is a link; name the folder itself`);
    if (!found.isDirectory()) throw new AyesError("invalid", `${path} is no folder`);
    return realpathSync(path);
  } catch (error) {
    if (error instanceof AyesError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new AyesError("invalid", `there is no folder ${path}`);
    throw new AyesError("invalid", `${path} cannot be attached: ${(error as Error).message}`);
  }
}

function lieTogether(one: string, other: string): boolean {
  return isIn(one, other) || isIn(other, one);
}

function isIn(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
