/** A content on its way to one node: written part by part, then made durable under its digest where the node looks for it. */

import { constants, existsSync, mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { stagedFolder } from "./contents.js";

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = constants;

export class StagedFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(folder: string, path: string, handle: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
  }

  /** Begins one under a name of the uploader's own. */
  static async create(node: string, name: string): Promise<StagedFile> {
    const folder = stagedFolder(node);
    const path = join(folder, `${name}.part`);
    return new StagedFile(folder, path, await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** On disk and in its place when it resolves: before the name is there, all the bytes are. */
  async seal(name: string): Promise<void> {
    await this.#handle.datasync();
    await this.#handle.close();
    await rename(this.#path, join(this.#folder, name));
  }

  /** Leaves nothing behind. */
  async drop(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }
}

/** Removes what was staged and is not wanted any more, if the node has not taken it over. */
export function unstage(node: string, name: string): void {
  rmSync(join(stagedFolder(node), name), { force: true });
}

/** Begins with nothing staged: whoever staged what is there has ended. A node that is not there yet is not made. */
export function clearStaged(node: string): void {
  const folder = stagedFolder(node);
  if (!existsSync(folder)) return;
  rmSync(folder, { recursive: true });
  mkdirSync(folder, { mode: 0o700 });
}

/** Whether anything can be staged for this node: it has run, and its folder is where it was. */
export function canStage(node: string): boolean {
  return existsSync(stagedFolder(node));
}
