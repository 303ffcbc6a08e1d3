/**
 * Keeps a promise: makes the files what a committed transaction says. Each step may be done again after a crash, at any
 * point of it, and comes to the same; the intent goes only when all of them are on disk.
 */

import { chmod, copyFile, link, lstat, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Intent, keptFile, retireIntent, type Step } from "./intent.js";
import { type Layout, missing } from "./layout.js";
import { digest, parentsOf } from "./plain-file.js";

const MODE = 0o7777;

/** Resolves when the folder is as promised, on disk, and the intent is what can be undone. */
export async function publish(layout: Layout, intent: Intent): Promise<void> {
  const publication = new Publication(layout, intent.txn);
  await mkdir(join(layout.kept, intent.txn), { recursive: true, mode: 0o700 });
  await publication.all(intent.steps);
  await flush(layout, intent);
  await retireIntent(layout);
  await forget(layout, intent.undoes === undefined ? [intent.txn] : []);
}

/** Removes what earlier transactions have kept, except for these. */
export async function forget({ kept }: Layout, but: readonly (string | undefined)[]): Promise<void> {
  for (const txn of await readdir(kept)) {
    if (!but.includes(txn)) await rm(join(kept, txn), { recursive: true, force: true });
  }
}

class Publication {
  readonly #layout: Layout;
  readonly #txn: string;

  constructor(layout: Layout, txn: string) {
    this.#layout = layout;
    this.#txn = txn;
  }

  async all(steps: readonly Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) if (step.after === null) await this.#remove(step, index);
    for (const [index, step] of steps.entries()) if (step.after !== null) await this.#replace(step, index);
    for (const step of steps) if (step.after === null) await this.#prune(step.path);
  }

  /** Done once the file is kept: whatever is there then, somebody else has put there since. */
  async #remove({ path, before }: Step, index: number): Promise<void> {
    const target = join(this.#layout.dir, path);
    const kept = keptFile(this.#layout, this.#txn, index);
    if (!(await lstat(kept).catch(missing))) {
      const found = await lstat(target).catch(missing);
      if (!found) return;
      if (!found.isFile()) return this.#set(target, index);
      await rename(target, kept);
    }
    if ((await digest(kept))?.digest !== before) await this.#set(kept, index);
  }

  /** Done once nothing is staged any more. A reader sees the old file or the new one, and never none. */
  async #replace({ path, before, staged }: Step, index: number): Promise<void> {
    const source = join(this.#layout.staged, staged ?? "");
    const target = join(this.#layout.dir, path);
    const fresh = await lstat(source).catch(missing);
    if (!fresh) return;
    await this.#clear(path, index);
    const found = await lstat(target).catch(missing);
    if (found && !found.isFile()) await this.#set(target, index);
    if (found?.isFile()) {
      const kept = keptFile(this.#layout, this.#txn, index);
      await keep(target, kept);
      if ((await digest(kept))?.digest !== before) await this.#set(kept, index);
      // What undo puts back has the rights that it had.
      if (fresh.nlink === 1) await chmod(source, found.mode & MODE);
    }
    await rename(source, target);
  }

  /** Makes the folders that the file lies in. */
  async #clear(path: string, index: number): Promise<void> {
    for (const parent of parentsOf(path)) {
      const folder = join(this.#layout.dir, parent);
      const found = await lstat(folder).catch(missing);
      if (found?.isDirectory()) continue;
      if (found) await this.#set(folder, index);
      await mkdir(folder);
    }
  }

  /** Moves what nobody has promised to destroy to where a person will find it. */
  async #set(found: string, index: number): Promise<void> {
    const folder = join(this.#layout.conflicts, this.#txn);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let copy = 0; ; copy += 1) {
      const place = join(folder, `${index}.${copy}-${basename(found)}`);
      if (await lstat(place).catch(missing)) continue;
      return rename(found, place);
    }
  }

  /** A folder that is not empty, or is gone, stays as it is. */
  async #prune(path: string): Promise<void> {
    for (const parent of parentsOf(path).reverse()) {
      const pruned = await rmdir(join(this.#layout.dir, parent)).then(
        () => true,
        () => false,
      );
      if (!pruned) return;
    }
  }
}

/** A second name for the file, or, where a file can have only one, a copy. */
async function keep(file: string, kept: string): Promise<void> {
  await rm(kept, { force: true });
  await link(file, kept).catch(async () => {
    await copyFile(file, kept);
    const handle = await open(kept, "r+");
    await handle.datasync().finally(() => handle.close());
  });
}

/** Which names there are, in every folder that was changed. */
async function flush({ dir, staged, kept, conflicts }: Layout, { txn, steps }: Intent): Promise<void> {
  const changed = new Set(steps.flatMap(({ path }) => parentsOf(path).map((parent) => join(dir, parent))));
  const own = [dir, staged, kept, join(kept, txn), conflicts, join(conflicts, txn)];
  for (const folder of [...changed, ...own]) {
    const handle = await open(folder, "r").catch(missing);
    await handle?.sync().finally(() => handle.close());
  }
}
