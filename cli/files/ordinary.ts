/** Reads ordinary files of this computer: never through a link, and never what another program is at the other end of. */

import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { Problem } from "../language/problem.js";
import { localProblem } from "./local-problem.js";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const PIECE_BYTES = 1024 * 1024;
/** A file that changes each time it is read. */
const TRIES = 3;

/** What stands under a name of this computer. */
export type Kind = "file" | "folder" | "symbolic link" | "named pipe" | "socket" | "device";

export function kindOf(found: Pick<Stats, "isFile" | "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket">): Kind {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "folder";
  if (found.isSymbolicLink()) return "symbolic link";
  if (found.isFIFO()) return "named pipe";
  return found.isSocket() ? "socket" : "device";
}

/** What stands there, or nothing. A name that leads through a file leads to nothing. */
export async function lookAt(path: string): Promise<{ kind: Kind; size: number } | undefined> {
  try {
    const found = await lstat(path);
    return { kind: kindOf(found), size: found.size };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw localProblem(path, error);
  }
}

/**
 * Lets `use` take all the bytes of a file, whose number it is told before. Again when the file has changed meanwhile:
 * what was made of half of two versions is taken back by `undo`.
 */
export async function readSteadily<T>(
  path: string,
  use: (bytes: AsyncIterable<Uint8Array>, size: number) => Promise<T>,
  undo: (made: T) => Promise<void> = async () => undefined,
): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const handle = await openOrdinary(path);
    try {
      const before = await handle.stat();
      const made = await use(bytesOf(handle, before.size, path), before.size);
      if (isSame(before, await handle.stat())) return made;
      await undo(made);
    } catch (error) {
      if (!(error instanceof Shorter)) throw error;
    } finally {
      await handle.close();
    }
  }
  throw new Problem(`${JSON.stringify(path)} changes while it is read; copy it when nobody writes it`);
}

/** SHA-256 in hexadecimal. */
export function digestOf(path: string, read: (bytes: number) => void = () => undefined): Promise<string> {
  return readSteadily(path, async (bytes) => {
    const hash = createHash("sha256");
    for await (const piece of bytes) {
      hash.update(piece);
      read(piece.length);
    }
    return hash.digest("hex");
  });
}

/** It ends before the size that it had. */
class Shorter extends Error {}

async function openOrdinary(path: string): Promise<FileHandle> {
  const found = await lookAt(path);
  if (!found) throw new Problem(`there is no local file ${JSON.stringify(path)}`);
  if (found.kind !== "file") throw notOrdinary(path, found.kind);
  try {
    // It may be replaced before it is open: opened as it is here, a link fails and a pipe waits for nobody.
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const kind = kindOf(await handle.stat());
    if (kind === "file") return handle;
    await handle.close();
    throw notOrdinary(path, kind);
  } catch (error) {
    throw localProblem(path, error);
  }
}

function notOrdinary(path: string, kind: Kind): Problem {
  return new Problem(`${JSON.stringify(path)} is a ${kind}, not an ordinary file`);
}

async function* bytesOf(handle: FileHandle, size: number, path: string): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position).catch((error: unknown) => {
      throw localProblem(path, error);
    });
    if (bytesRead === 0) throw new Shorter();
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

function isSame(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}
