/** What the attempts of one function have staged in attached folders: on disk, and no file yet. */

import { createHash } from "node:crypto";
import { copyFile, link, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { piecesOf } from "../files/stage.js";
import type { FileSource } from "../files-api.js";
import { newId } from "../ids.js";
import { type Layout, onDisk } from "./layout.js";

/** Bytes under a name of their own in `staged/`, on disk. */
export type Staged = { name: string; digest: string };

export class FolderStagings {
  /** A stream can be taken only once, and the function may run again. */
  readonly #taken = new Map<string, Map<FileSource, Promise<Staged>>>();
  readonly #all: { layout: Layout; name: string }[] = [];

  /** Takes the whole source. */
  take(layout: Layout, path: string, source: FileSource): Promise<Staged> {
    if (typeof source === "string" || source instanceof Uint8Array) return this.#write(layout, source);
    const place = join(layout.dir, path);
    const taken = this.#taken.get(place) ?? new Map<FileSource, Promise<Staged>>();
    const staged = taken.get(source) ?? this.#write(layout, source);
    this.#taken.set(place, taken.set(source, staged));
    return staged;
  }

  /** Takes a file that is on disk already. */
  async takeFile(layout: Layout, file: string, digest: string): Promise<Staged> {
    const name = this.#name(layout);
    const staged = join(layout.staged, name);
    await link(file, staged).catch(async () => {
      await copyFile(file, staged);
      const handle = await open(staged, "r+");
      await handle.datasync().finally(() => handle.close());
    });
    return { name, digest };
  }

  /** When the function has ended for good. What is promised stays. */
  async release(isPromised: (layout: Layout, name: string) => boolean): Promise<void> {
    const left = this.#all.filter(({ layout, name }) => !isPromised(layout, name));
    // What cannot be removed now is swept when the folder is opened next.
    await Promise.all(left.map(({ layout, name }) => rm(join(layout.staged, name), { force: true }).catch(() => {})));
  }

  async #write(layout: Layout, source: FileSource): Promise<Staged> {
    const name = this.#name(layout);
    const handle = await open(join(layout.staged, name), "wx").catch(onDisk);
    try {
      const hash = createHash("sha256");
      for await (const piece of piecesOf(source)) {
        hash.update(piece);
        await handle.writeFile(piece).catch(onDisk);
      }
      await handle.datasync().catch(onDisk);
      return { name, digest: hash.digest("hex") };
    } finally {
      await handle.close();
    }
  }

  #name(layout: Layout): string {
    const name = newId();
    this.#all.push({ layout, name });
    return name;
  }
}
