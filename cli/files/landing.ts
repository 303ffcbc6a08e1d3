/** Writes files into a folder of this computer: whole and compared with their digest, or not at all, and never through a link. */

import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AyesError } from "../../runtime/errors.js";
import type { FileReading } from "../../runtime/files-api.js";
import { Problem } from "../language/problem.js";
import { PARTIAL } from "./folder.js";
import { localProblem } from "./local-problem.js";
import { lookAt } from "./ordinary.js";

/** What a copy that was killed has left is nobody's after a day. */
const ABANDONED_MS = 24 * 60 * 60_000;
/** What disks allow. */
const NAME_BYTES = 255;

export class Landing {
  readonly #root: string;
  readonly #folder: string;
  /** Whether the root was made for it. */
  readonly #isNew: boolean;
  #count = 0;

  private constructor(root: string, folder: string, isNew: boolean) {
    this.#root = root;
    this.#folder = folder;
    this.#isNew = isNew;
  }

  /** The folder is made if it is not there. What arrives waits in a folder of its own within, on the same disk. */
  static async begin(root: string): Promise<Landing> {
    try {
      const made = await mkdir(root, { recursive: true });
      await clear(root);
      return new Landing(root, await mkdtemp(join(root, ".ayes-copy-")), made !== undefined);
    } catch (error) {
      throw localProblem(root, error);
    }
  }

  /** Takes all of a file. Returns where it waits. */
  async receive(reading: FileReading, received: (bytes: number) => void): Promise<string> {
    this.#count += 1;
    const place = join(this.#folder, String(this.#count));
    const hash = createHash("sha256");
    const handle = await open(place, "wx").catch((error: unknown) => {
      throw localProblem(place, error);
    });
    try {
      for await (const piece of reading) {
        hash.update(piece);
        await handle.writeFile(piece).catch((error: unknown) => {
          throw localProblem(this.#root, error);
        });
        received(piece.length);
      }
    } finally {
      await handle.close();
    }
    if (hash.digest("hex") === reading.digest) return place;
    throw new AyesError("corrupt-data", "the file was changed on its way", { file: reading.path });
  }

  /** Puts what waits where it belongs, in the place of the file that is there. */
  async put(waiting: string, path: string): Promise<void> {
    const target = join(this.#root, path);
    const obstacle = await obstacleTo(this.#root, path);
    if (obstacle !== undefined) throw new Problem(obstacle);
    try {
      await mkdir(dirname(target), { recursive: true });
      await rename(waiting, target);
    } catch (error) {
      throw localProblem(target, error);
    }
  }

  /** Removes a file, and the folders that it leaves empty. */
  async remove(path: string): Promise<void> {
    const target = join(this.#root, path);
    await rm(target, { force: true }).catch((error: unknown) => {
      throw localProblem(target, error);
    });
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
      const isGone = await rmdir(join(this.#root, folder)).then(
        () => true,
        () => false,
      );
      if (!isGone) return;
    }
  }

  /** Nothing is left of what was not put in its place. */
  async end(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    // What was put there keeps the root.
    if (this.#isNew) await rmdir(this.#root).catch(() => undefined);
  }
}

/** What keeps a file from standing in a folder of this computer, if anything does. */
export async function obstacleTo(root: string, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (const [index, part] of parts.entries()) {
    if (Buffer.byteLength(part) > NAME_BYTES) return `${JSON.stringify(path)}: a name has at most ${NAME_BYTES} bytes`;
    const place = join(root, ...parts.slice(0, index + 1));
    const found = await lookAt(place);
    if (!found) continue;
    const needed = index === parts.length - 1 ? "file" : "folder";
    if (found.kind !== needed) return `${JSON.stringify(place)} is a ${found.kind}, where a ${needed} is to be`;
  }
  return undefined;
}

async function clear(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!PARTIAL.test(name)) continue;
    const place = join(root, name);
    const madeAt = await lstat(place).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (madeAt < Date.now() - ABANDONED_MS) await rm(place, { recursive: true, force: true });
  }
}
