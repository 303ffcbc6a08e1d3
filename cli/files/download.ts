/** Files of a cluster onto this computer: one, or all of a folder as they were at one moment. */

import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Cluster } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import type { FileReading, FileStat } from "../../runtime/files-api.js";
import { Problem } from "../language/problem.js";
import { type Files, listFiles } from "./change.js";
import type { Copied } from "./copied.js";
import { type Skipped, walk } from "./folder.js";
import { Landing, obstacleTo } from "./landing.js";
import { digestOf, lookAt } from "./ordinary.js";
import { eachOf, type Transfer } from "./transfer.js";

export type DownloadOptions = {
  /** Deletes what is in the folder of this computer and not in that of the cluster. */
  mirror?: boolean;
  transfer: Transfer;
};

const AT_ONCE = 8;
/** How often a file may have changed since the folder was listed. */
const TRIES = 5;

/**
 * All files are fetched before the first one is put in its place, and they are those of one moment: when one has changed
 * meanwhile, it begins again, with what it has. Files that are the same in both are not fetched.
 */
export async function downloadFolder(
  cluster: Cluster,
  prefix: string,
  root: string,
  { mirror = false, transfer }: DownloadOptions,
): Promise<Copied> {
  const landing = await Landing.begin(root);
  const inbox = new Inbox(cluster, root, landing, transfer);
  try {
    const there = await inbox.fetch(prefix);
    for (const [path, waiting] of inbox.waiting(there)) await landing.put(waiting, path.slice(prefix.length));
    const kept = new Set([...there.keys()].map((path) => path.slice(prefix.length)));
    const { extra, skipped } = mirror ? await extraIn(root, kept) : { extra: [], skipped: [] };
    for (const path of extra) await landing.remove(path);
    const written = inbox.waiting(there).map(([path]) => there.get(path)?.size ?? 0);
    const bytes = written.reduce((sum, size) => sum + size, 0);
    return { written: written.length, same: there.size - written.length, deleted: extra.length, bytes, skipped };
  } finally {
    await landing.end();
  }
}

/** One file, which takes the place of the one that is there. */
export async function downloadFile(reading: FileReading, target: string, transfer: Transfer): Promise<Copied> {
  try {
    await receiveAs(reading, target, transfer);
    return { written: 1, same: 0, deleted: 0, bytes: reading.size, skipped: [] };
  } finally {
    await reading.close();
  }
}

async function receiveAs(reading: FileReading, target: string, transfer: Transfer): Promise<void> {
  const root = dirname(target);
  const obstacle = await obstacleTo(root, basename(target));
  if (obstacle !== undefined) throw new Problem(obstacle);
  if ((await lookAt(`${root}/`))?.kind !== "folder") {
    throw new Problem(`there is no local folder ${JSON.stringify(root)}`);
  }
  const landing = await Landing.begin(root);
  try {
    transfer.begin("receiving", reading.size);
    await landing.put(await landing.receive(reading, transfer.add), basename(target));
  } finally {
    await landing.end();
  }
}

/** What has been fetched so far. */
class Inbox {
  readonly #cluster: Cluster;
  readonly #root: string;
  readonly #landing: Landing;
  readonly #transfer: Transfer;
  /** Each with the version that it is. */
  readonly #fetched = new Map<string, { version: string; waiting: string }>();
  readonly #digests = new Map<string, string>();

  constructor(cluster: Cluster, root: string, landing: Landing, transfer: Transfer) {
    this.#cluster = cluster;
    this.#root = root;
    this.#landing = landing;
    this.#transfer = transfer;
  }

  /** Fetches what differs, until all of it is of one moment. */
  async fetch(prefix: string): Promise<Files> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const there = await listFiles(this.#cluster, prefix);
      if (there.size === 0) throw new AyesError("not-found", `there is no file in ${JSON.stringify(`ayes:${prefix}`)}`);
      if (await this.#fetchAll(there, prefix)) return there;
    }
    throw new Problem(`files in ${JSON.stringify(`ayes:${prefix}`)} change while they are copied; nothing was changed`);
  }

  /** Where the files wait that are not the same yet. */
  waiting(there: Files): [path: string, waiting: string][] {
    return [...there].flatMap(([path, { version }]): [string, string][] => {
      const fetched = this.#fetched.get(path);
      return fetched?.version === version ? [[path, fetched.waiting]] : [];
    });
  }

  /** False when one has changed. */
  async #fetchAll(there: Files, prefix: string): Promise<boolean> {
    await this.#requireRoom(there, prefix);
    const wanted: FileStat[] = [];
    for (const file of there.values()) {
      const isHere = this.#fetched.get(file.path)?.version === file.version;
      if (!isHere && !(await this.#isSame(file, prefix))) wanted.push(file);
    }
    this.#transfer.begin(
      "receiving",
      wanted.reduce((sum, { size }) => sum + size, 0),
    );
    let isWhole = true;
    await eachOf(wanted, AT_ONCE, async (file) => {
      isWhole = (await this.#fetchOne(file)) && isWhole;
    });
    return isWhole;
  }

  async #fetchOne({ path, version }: FileStat): Promise<boolean> {
    const reading = await this.#cluster.files.read(path).catch((error: unknown) => {
      if (error instanceof AyesError && error.code === "not-found") return undefined;
      throw error;
    });
    if (!reading) return false;
    const waiting = reading.version === version && (await this.#landing.receive(reading, this.#transfer.add));
    await reading.close();
    if (!waiting) return false;
    const before = this.#fetched.get(path);
    if (before) await rm(before.waiting, { force: true });
    this.#fetched.set(path, { version, waiting });
    return true;
  }

  async #isSame({ path, size, digest }: FileStat, prefix: string): Promise<boolean> {
    const place = join(this.#root, path.slice(prefix.length));
    const here = await lookAt(place);
    if (here?.kind !== "file" || here.size !== size) return false;
    const known = this.#digests.get(place) ?? (await digestOf(place));
    this.#digests.set(place, known);
    return known === digest;
  }

  /** All that is in the way is told at once, before anything is fetched. */
  async #requireRoom(there: Files, prefix: string): Promise<void> {
    const obstacles = new Set<string>();
    for (const path of there.keys()) {
      const obstacle = await obstacleTo(this.#root, path.slice(prefix.length));
      if (obstacle !== undefined) obstacles.add(`\n  ${obstacle}`);
    }
    if (obstacles.size > 0)
      throw new Problem(`nothing was changed: remove what is in the way${[...obstacles].join("")}`);
  }
}

/** Files here that are not to be kept. What is no ordinary file stays. */
async function extraIn(root: string, kept: ReadonlySet<string>): Promise<{ extra: string[]; skipped: Skipped[] }> {
  const { files, skipped } = await walk(`${root}/`);
  return { extra: files.map(({ path }) => path).filter((path) => !kept.has(path)), skipped };
}
