/** Ordinary files of an attached folder, looked at without following a link or opening anything but a regular file. */

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, open } from "node:fs/promises";
import { join } from "node:path";
import { AyesError } from "../errors.js";
import { CHUNK_BYTES } from "../files/content.js";
import { checkPath } from "../files/path.js";
import { bytesBeyond } from "../json-shape.js";
import { missing, OWN_FOLDER } from "./layout.js";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, W_OK, X_OK } = constants;
/** What file systems take as one part of a path. */
const PART_LIMIT_BYTES = 255;

/** A regular file as it was when it was read. */
export type Seen = { digest: string; size: number; modifiedAt: number };

/** A path that may name a file in a folder. */
export function checkFolderPath(given: unknown): string {
  const path = checkPath(given);
  const parts = path.split("/");
  if (parts[0]?.toLowerCase() === OWN_FOLDER) throw new AyesError("invalid", `${OWN_FOLDER} is not for other files`);
  const long = parts.find((part) => bytesBeyond(part, PART_LIMIT_BYTES));
  if (long === undefined) return path;
  throw new AyesError("too-large", `a part of the path has over ${PART_LIMIT_BYTES} bytes`);
}

/** The path of each folder that a file lies in, from the outermost on. */
export function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The file at a path of a folder; undefined when there is none. Rejects with `path-taken` for what is no regular file. */
export async function look(dir: string, path: string, take?: (bytes: Uint8Array) => void): Promise<Seen | undefined> {
  for (const parent of parentsOf(path)) {
    const found = await lstat(join(dir, parent)).catch(missing);
    if (!found) return undefined;
    if (!found.isDirectory()) return refuseUnless(found.isFile(), path);
  }
  const found = await lstat(join(dir, path)).catch(missing);
  if (!found) return undefined;
  if (!found.isFile()) refuseUnless(false, path);
  return digest(join(dir, path), take);
}

/** Rejects with `path-taken` where no file could be written, whatever the other files of a transaction become. */
export async function requireWay(dir: string, path: string): Promise<void> {
  const { dev } = await lstat(join(dir, OWN_FOLDER));
  let last = dir;
  for (const parent of parentsOf(path)) {
    const found = await lstat(join(dir, parent)).catch(missing);
    if (!found) break;
    if (!found.isDirectory()) throw obstacle(path, `${JSON.stringify(parent)} is no folder`);
    if (found.dev !== dev) throw obstacle(path, `${JSON.stringify(parent)} is on another file system`);
    last = join(dir, parent);
  }
  await access(last, W_OK | X_OK).catch(() => {
    throw obstacle(path, `${last} cannot be written`);
  });
}

/** What a regular file has in it. Undefined when it is gone. */
export async function digest(file: string, take?: (bytes: Uint8Array) => void): Promise<Seen | undefined> {
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(missing);
  if (!handle) return undefined;
  try {
    return await digestOf(handle, file, take);
  } finally {
    await handle.close();
  }
}

async function digestOf(handle: FileHandle, file: string, take?: (bytes: Uint8Array) => void): Promise<Seen> {
  const about = await handle.stat();
  refuseUnless(about.isFile(), file);
  const hash = createHash("sha256");
  let size = 0;
  for (let more = true; more; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, about.size - size)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
    hash.update(buffer.subarray(0, bytesRead));
    take?.(buffer.subarray(0, bytesRead));
    size += bytesRead;
    more = bytesRead > 0;
  }
  return { digest: hash.digest("hex"), size, modifiedAt: Math.floor(about.mtimeMs) };
}

function refuseUnless(fine: boolean, path: string): undefined {
  if (!fine) throw obstacle(path, "it is a link, a folder or a device: only regular files are opened");
}

function obstacle(path: string, detail: string): AyesError {
  return new AyesError("path-taken", detail, { file: path });
}
