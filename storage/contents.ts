/**
 * The contents of files at one node: bytes named by their digest, in a folder beside its store.
 *
 * Whoever uploads puts a content into `staged/`, whole and on disk, under its digest. The node takes it over before it
 * promises a file that needs it, as another name of the same bytes: that name is the node's, and goes when nothing needs
 * it any more; what is staged is the uploader's to remove, who may want to try again.
 */

import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../actors/file.js";
import { Broken } from "../actors/protocol.js";
import { flushFolder } from "./guard.js";

/** What a node needs of its contents. */
export interface Contents {
  /** Whether a content is here, whole. What was staged is taken over, in place of what was here before. */
  take(digest: Digest): boolean;
  /** The same of what was staged to mend one that is lost or damaged. */
  mend(digest: Digest): boolean;
  /** What was taken over is on disk when it returns. */
  flush(): void;
  /** All that were taken over. */
  all(): Iterable<Digest>;
  /** Whether it is where it was put, whatever it is like. */
  isThere(digest: Digest): boolean;
  /** Removes one that was taken over. One that is being read stays for its reader. */
  remove(digest: Digest): void;
}

/** Where a node keeps its contents. */
export function contentsFolder(node: string): string {
  return join(node, "contents");
}

/** Where contents are staged for a node. */
export function stagedFolder(node: string): string {
  return join(node, "staged");
}

/** What a content is staged as that shall replace a lost or damaged one. No upload stages under this name. */
export function mendingName(digest: Digest): string {
  return `${digest}.mending`;
}

const DIGEST = /^[0-9a-f]{64}$/;
/** One on its way to its place. */
const DRAFT = "draft";
const LINK_TRIES = 100;

/** On the disk. Throws `Broken` (`storage-failed`) when that refuses. */
export class FolderContents implements Contents {
  readonly #kept: string;
  readonly #staged: string;
  readonly #digests: Set<Digest>;
  /** Whether everything taken over is on disk. */
  #flushed = true;

  constructor(node: string) {
    this.#kept = contentsFolder(node);
    this.#staged = stagedFolder(node);
    for (const folder of [this.#kept, this.#staged]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(join(this.#kept, DRAFT), { recursive: true, force: true });
    this.#digests = new Set(readdirSync(this.#kept).filter((name) => DIGEST.test(name) && this.isThere(name)));
  }

  take(digest: Digest): boolean {
    return this.#place(digest, digest) || this.#digests.has(digest);
  }

  mend(digest: Digest): boolean {
    return this.#place(digest, mendingName(digest));
  }

  flush(): void {
    if (this.#flushed) return;
    this.#guarded(() => flushFolder(this.#kept));
    this.#flushed = true;
  }

  all(): Iterable<Digest> {
    return [...this.#digests];
  }

  isThere(digest: Digest): boolean {
    return lstatSync(join(this.#kept, digest), { throwIfNoEntry: false })?.isFile() === true;
  }

  remove(digest: Digest): void {
    this.#digests.delete(digest);
    this.#guarded(() => rmSync(join(this.#kept, digest), { recursive: true, force: true }));
  }

  /**
   * In one step, so that a crash leaves the one before or this one. Whatever else has its name makes room. The one before
   * may be damaged, or the same: then it is not replaced, and the draft stays.
   */
  #place(digest: Digest, staged: string): boolean {
    const [kept, draft] = [join(this.#kept, digest), join(this.#kept, DRAFT)];
    return this.#guarded(() => {
      if (!linked(join(this.#staged, staged), draft)) return false;
      this.#flushed = false;
      if (!this.isThere(digest)) rmSync(kept, { recursive: true, force: true });
      renameSync(draft, kept);
      rmSync(draft, { force: true });
      this.#digests.add(digest);
      return true;
    });
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Broken("storage-failed", `${this.#kept}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** False when there is nothing to give another name. What is replaced by the same at this very moment is tried again. */
function linked(source: string, target: string): boolean {
  for (let tries = 1; ; tries += 1) {
    try {
      linkSync(source, target);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      if (!existsSync(source) || tries === LINK_TRIES) return false;
    }
  }
}
