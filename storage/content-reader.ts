/** Reads a content of one node from outside of it. What was opened can be read to its end, whatever becomes of its name. */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../actors/file.js";
import { contentsFolder } from "./contents.js";

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

export class ContentReader {
  /** How many bytes there are, which may not be how many there should be. */
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** `undefined` when it is not there, or is no file. */
  static async open(node: string, digest: Digest): Promise<ContentReader | undefined> {
    try {
      const handle = await open(join(contentsFolder(node), digest), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const found = await handle.stat();
      if (found.isFile()) return new ContentReader(handle, found.size);
      await handle.close();
    } catch {
      // Whatever keeps us from reading it, it is not there for us.
    }
    return undefined;
  }

  /** Fills the buffer from a position on. Fewer bytes when the file ends first, none when it cannot be read. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    try {
      while (done < buffer.length) {
        const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch {
      return 0;
    }
    return done;
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }
}
