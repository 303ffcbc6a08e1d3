/** What an attached folder holds for us: everything is below `.ayes`, and the rest are other people's ordinary files. */

import { lstat, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { sealText, unsealText } from "../../storage/codec.js";
import { writeDurably } from "../../storage/guard.js";
import { AyesError } from "../errors.js";

export const OWN_FOLDER = ".ayes";
const FORMAT = 1;

export class Layout {
  readonly dir: string;
  readonly own: string;
  /** Bytes that are on disk and no file yet. */
  readonly staged: string;
  /** What the last transaction has replaced or deleted, by its id. */
  readonly kept: string;
  /** What was found where a promise had to be kept, by the transaction that had given it. */
  readonly conflicts: string;

  constructor(dir: string) {
    this.dir = dir;
    this.own = join(dir, OWN_FOLDER);
    this.staged = join(this.own, "staged");
    this.kept = join(this.own, "kept");
    this.conflicts = join(this.own, "conflicts");
  }

  /** Makes what is missing. */
  async make(): Promise<void> {
    for (const folder of [this.own, this.staged, this.kept, this.conflicts]) await makeOwn(folder);
  }

  /** What stands in one of our small files, if it is there. */
  async read<T>(name: string): Promise<T | undefined> {
    const path = join(this.own, name);
    const sealed = await readFile(path, "utf8").catch(missing);
    if (sealed === undefined) return undefined;
    const text = unsealText(sealed);
    if (text === undefined) throw new AyesError("damaged-store", `${path} is damaged`);
    const { format, ...rest } = JSON.parse(text) as { format: number };
    if (format === FORMAT) return rest as T;
    throw new AyesError("other-version", `${path} has format ${format}; this version of ayes reads ${FORMAT}`);
  }

  /** On disk when it returns. */
  write(name: string, content: object): void {
    writeDurably(this.own, name, sealText(JSON.stringify({ format: FORMAT, ...content })));
  }

  /** Removes what was staged for an end that did not come. */
  async sweep(steps: readonly { staged: string | null }[]): Promise<void> {
    for (const { staged } of steps) if (staged !== null) await rm(join(this.staged, staged), { force: true });
  }

  /** Removes what nobody asks for any more after a crash: what was staged, unless it is wanted, and drafts. */
  async clear(wanted: ReadonlySet<string | null>): Promise<void> {
    for (const name of await readdir(this.staged)) {
      if (!wanted.has(name)) await rm(join(this.staged, name), { force: true });
    }
    for (const name of await readdir(this.own)) {
      if (name.endsWith(".draft")) await rm(join(this.own, name), { force: true });
    }
  }
}

/** A link in place of one of our folders would lead our writes elsewhere. */
async function makeOwn(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if (!(await lstat(folder)).isDirectory()) throw new AyesError("path-taken", `${folder} is no folder`);
}

/** For what need not be there. */
export function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}

/** What the disk says, as an error of the table. */
export function onDisk(error: NodeJS.ErrnoException): never {
  if (error instanceof AyesError || error.code === undefined) throw error;
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  throw new AyesError(isFull ? "disk-full" : "unavailable", error.message);
}
