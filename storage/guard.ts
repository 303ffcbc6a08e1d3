/**
 * The identity and the high-water mark that a node keeps beside its LMDB environment.
 *
 * LMDB cannot tell an emptied file from a new one, nor an older copy from the present: these two files can.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Broken } from "../actors/protocol.js";
import type { Position, Reach } from "../actors/transaction.js";
import { sealText, unsealText } from "./codec.js";

/** The layout of a node's store. Raised when an older program could not read a newer store. */
export const FORMAT = 2;

export type Identity = { cluster: string; node: string };
/** How far the store certainly came: commits done, and the size in bytes of its file then. */
export type Mark = { commits: number; bytes: number };

/** What the environment itself says of its store. */
export type Progress = Identity & {
  epoch: number;
  commits: number;
  /** What its node has said. */
  reach: Reach;
  /** Changes up to this position have left. */
  left: Position;
  /** Rows of changes up to this one are in their place among the data. */
  placed: number;
};

const UNREACHED: Reach = { clock: 0, begin: 0 };
/** A store without any commit. */
export const UNBEGUN: Omit<Progress, keyof Identity> = { epoch: 0, commits: 0, reach: UNREACHED, left: 0, placed: 0 };

type IdentityFile = Identity & { format: number };

const IDENTITY_FILE = "node.json";
const MARK_FILE = "mark";

/** Refuses a folder that belongs to another node, another cluster or another format. True if it is a known store. */
export function checkIdentity(folder: string, identity: Identity): boolean {
  const found = readSealed<IdentityFile>(join(folder, IDENTITY_FILE));
  if (!found) return false;
  if (found.format !== FORMAT) {
    throw new Broken(
      "other-version",
      `${folder} has store format ${found.format}; this version of ayes reads ${FORMAT}`,
    );
  }
  if (found.cluster !== identity.cluster || found.node !== identity.node) {
    throw new Broken(
      "foreign-store",
      `${folder} belongs to node ${found.node} of cluster ${found.cluster}, not to ${identity.node} of ${identity.cluster}; put the right folder back`,
    );
  }
  return true;
}

export function writeIdentity(folder: string, identity: Identity): void {
  writeDurably(folder, IDENTITY_FILE, sealText(JSON.stringify({ format: FORMAT, ...identity })));
}

/** The mark in the folder. None before the first commit. */
export function readMark(folder: string): Mark | undefined {
  return readSealed<Mark>(join(folder, MARK_FILE));
}

/** A cut file would kill the process by a signal when read, and an emptied one would open as new. */
export function checkFile(folder: string, file: string, known: boolean): void {
  const mark = readMark(folder);
  if (!mark) {
    if (known && !existsSync(file)) throw missing(folder);
    return;
  }
  if (!isFile(file) || statSync(file).size === 0) throw missing(folder);
  const bytes = statSync(file).size;
  if (bytes < mark.bytes) {
    throw new Broken(
      "damaged-store",
      `${file} was cut, or is an older copy: it had ${mark.bytes} bytes and has ${bytes}; restore the folder`,
    );
  }
}

/** Refuses an environment that is empty, another one's, or behind what is known of it from elsewhere. */
export function checkProgress(
  folder: string,
  identity: Identity,
  found: Progress | undefined,
  known: { mark: Mark | undefined; sinceEpoch: number },
): void {
  if (!found) {
    if (known.mark) throw missing(folder);
    return;
  }
  if (found.cluster !== identity.cluster || found.node !== identity.node) {
    throw new Broken("foreign-store", `${folder} holds the data of node ${found.node} of cluster ${found.cluster}`);
  }
  if (known.mark && found.commits < known.mark.commits) {
    throw new Broken(
      "stale-store",
      `${folder} is an older copy: it ends at commit ${found.commits}, but commit ${known.mark.commits} was done; restore the newer one`,
    );
  }
  if (found.epoch < known.sinceEpoch) {
    throw new Broken(
      "stale-store",
      `${folder} is an older copy: it ends in incarnation ${found.epoch} of ${known.sinceEpoch}`,
    );
  }
}

function missing(folder: string): Broken {
  return new Broken("empty-store", `${folder} held data and is empty now; put its data back, it is not opened as new`);
}

/**
 * Keeps the mark current: one small write to an open file after each commit, never ahead of what is durable.
 * The file is made whole and durable at once: a crash must not leave an empty one, which would be refused as damaged.
 */
export class MarkWriter {
  readonly #folder: string;
  #file: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  write(mark: Mark): void {
    const text = sealText(JSON.stringify(mark).padEnd(80));
    if (this.#file === undefined) {
      if (!isFile(join(this.#folder, MARK_FILE))) writeDurably(this.#folder, MARK_FILE, text);
      this.#file = openSync(join(this.#folder, MARK_FILE), "r+");
    }
    writeSync(this.#file, text, 0);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/** Replaces a small file so that a crash leaves the old or the new one, and the new one is on disk on return. */
export function writeDurably(folder: string, name: string, text: string): void {
  const draft = join(folder, `${name}.draft`);
  const file = openSync(draft, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, join(folder, name));
  flushFolder(folder);
}

/** Makes durable which files a folder holds, and under which names. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function readSealed<T>(path: string): T | undefined {
  if (!isFile(path)) return undefined;
  const text = unsealText(readFileSync(path, "utf8"));
  if (text === undefined) throw new Broken("damaged-store", `${path} is damaged; restore it from a backup`);
  return JSON.parse(text) as T;
}
