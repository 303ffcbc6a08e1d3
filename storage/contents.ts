/**
 * The contents of files at one node: bytes named by their digest, in a folder beside its store.
 *
 * Whoever uploads puts a content into `staged/`, whole and on disk, under its digest. The node takes it over when it
 * promises a file that needs it; from then on it is the node's, and goes when nothing needs it any more. What is staged
 * is the uploader's to remove.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../actors/file.js";
import { Broken } from "../actors/protocol.js";
import { flushFolder } from "./guard.js";

/** What a node needs of its contents. */
export interface Contents {
  /** Whether a content is here, whole and on disk. */
  holds(digest: Digest): boolean;
  /** Takes over what was staged. On disk when it returns. */
  adopt(digests: Iterable<Digest>): void;
  /** All that were taken over. */
  all(): Iterable<Digest>;
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

const DIGEST = /^[0-9a-f]{64}$/;

/** On the disk. Throws `Broken` (`storage-failed`) when that refuses. */
export class FolderContents implements Contents {
  readonly #kept: string;
  readonly #staged: string;
  readonly #digests: Set<Digest>;

  constructor(node: string) {
    this.#kept = contentsFolder(node);
    this.#staged = stagedFolder(node);
    for (const folder of [this.#kept, this.#staged]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#digests = new Set(readdirSync(this.#kept).filter((name) => DIGEST.test(name)));
  }

  holds(digest: Digest): boolean {
    return this.#digests.has(digest) || existsSync(join(this.#staged, digest));
  }

  adopt(digests: Iterable<Digest>): void {
    let adopted = false;
    for (const digest of digests) {
      adopted = this.#take(digest) || adopted;
      this.#digests.add(digest);
    }
    if (adopted) guarded(this.#kept, () => flushFolder(this.#kept));
  }

  all(): Iterable<Digest> {
    return [...this.#digests];
  }

  remove(digest: Digest): void {
    this.#digests.delete(digest);
    guarded(this.#kept, () => rmSync(join(this.#kept, digest), { force: true }));
  }

  /** One that is here already was staged again, or by somebody else at the same time: it is the same. */
  #take(digest: Digest): boolean {
    const staged = join(this.#staged, digest);
    if (!existsSync(staged)) return false;
    guarded(this.#kept, () => renameSync(staged, join(this.#kept, digest)));
    return true;
  }
}

function guarded(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Broken("storage-failed", `${folder}: ${error instanceof Error ? error.message : error}`);
  }
}
