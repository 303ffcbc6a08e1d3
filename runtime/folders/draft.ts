/** What one attempt of a function has read in an attached folder, and what it wants to write there. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AyesError } from "../errors.js";
import { checkPathPrefix } from "../files/path.js";
import type { FileSource } from "../files-api.js";
import type { FolderFileStat, TransactionFolder } from "../folders-api.js";
import type { AttachedFolder } from "./attached-folder.js";
import { type Layout, missing, OWN_FOLDER, onDisk } from "./layout.js";
import { checkFolderPath, look, type Seen } from "./plain-file.js";
import type { FolderStagings, Staged } from "./staging.js";

export class FolderDraft implements TransactionFolder {
  readonly folder: AttachedFolder;
  readonly #stagings: FolderStagings;
  /** The digest of each file when it was first looked at. `null`: there was none. */
  readonly seen = new Map<string, string | null>();
  /** What each path becomes. `null`: nothing. */
  readonly writes = new Map<string, Staged | null>();
  /** What was listed, by its prefix. */
  readonly listed = new Map<string, readonly string[]>();
  /** The transaction that this one takes back. */
  undoes: string | undefined;
  /** The version of the folder's row at the first look; `null` when it has none. */
  version: string | null | undefined;
  #isOver = false;

  constructor(folder: AttachedFolder, stagings: FolderStagings) {
    this.folder = folder;
    this.#stagings = stagings;
  }

  async read(path: string): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    await this.#require(path, (bytes) => pieces.push(bytes));
    return Buffer.concat(pieces);
  }

  async stat(path: string): Promise<FolderFileStat> {
    const { checked, seen } = await this.#require(path);
    return { path: checked, ...seen };
  }

  async exists(path: string): Promise<boolean> {
    const checked = checkFolderPath(path);
    const written = this.writes.get(checked);
    if (written !== undefined) return written !== null;
    return (await this.#look(checked)) !== undefined;
  }

  async list(prefix?: string): Promise<string[]> {
    const checked = checkPathPrefix(prefix);
    const { dir } = await this.#layout();
    const paths = await listFiles(dir, checked).catch(onDisk);
    this.listed.set(checked, paths);
    return [...paths];
  }

  async write(path: string, source: FileSource): Promise<void> {
    const checked = checkFolderPath(path);
    await this.#look(checked);
    const staged = await this.#stagings.take(await this.#layout(), checked, source);
    this.#requireOpen();
    this.writes.set(checked, staged);
  }

  async delete(path: string): Promise<void> {
    const checked = checkFolderPath(path);
    if (!(await this.exists(checked))) throw noFile(checked);
    this.#requireOpen();
    this.writes.set(checked, null);
  }

  end(): void {
    this.#isOver = true;
  }

  async #require(path: string, take?: (bytes: Uint8Array) => void): Promise<{ checked: string; seen: Seen }> {
    const checked = checkFolderPath(path);
    if (this.writes.has(checked)) {
      const detail = "what a transaction writes to a file can be read when it has committed";
      throw new AyesError("invalid", detail, { file: checked });
    }
    const seen = await this.#look(checked, take);
    if (seen) return { checked, seen };
    throw noFile(checked);
  }

  /** What is there first is what must still be there in the end. */
  async #look(path: string, take?: (bytes: Uint8Array) => void): Promise<Seen | undefined> {
    const { dir } = await this.#layout();
    const found = await look(dir, path, take).catch(onDisk);
    if (!this.seen.has(path)) this.seen.set(path, found?.digest ?? null);
    return found;
  }

  async #layout(): Promise<Layout> {
    this.#requireOpen();
    const version = await this.folder.ready();
    if (this.version === undefined) this.version = version;
    return this.folder.layout;
  }

  #requireOpen(): void {
    if (this.#isOver) throw new AyesError("invalid", "this transaction is over: its function has ended");
  }
}

/** The regular files of a folder, whose paths begin with this, in order. */
export async function listFiles(dir: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(dir, folder), { withFileTypes: true }).catch(missing);
    for (const entry of entries ?? []) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const leads = path.startsWith(prefix) || prefix.startsWith(`${path}/`);
      if (entry.isFile() && path.startsWith(prefix)) found.push(path);
      else if (entry.isDirectory() && leads && path !== OWN_FOLDER) await walk(path);
    }
  };
  await walk("");
  return found.sort();
}

function noFile(path: string): AyesError {
  return new AyesError("not-found", `there is no file ${JSON.stringify(path)}`, { file: path });
}
