/** What a program can do with ordinary local folders whose files change together with the keys of a cluster. */

import type { Result } from "./api.js";
import type { FileSource } from "./files-api.js";

/** A folder that is attached, as it is now. */
export type FolderStatus = {
  name: string;
  /** Where it is. */
  dir: string;
  /**
   * `busy`: a transaction is changing it. `in-doubt`: one has promised to, and how it ended is not known or not yet carried
   * out; `reason` says why, and it is tried again every second. `unavailable`: it cannot be used; `reason` says why.
   */
  state: "ready" | "busy" | "in-doubt" | "unavailable";
  reason?: string;
  /** What `undo` would put back: the last transaction that changed the folder, and how many files it changed. */
  undo?: { txn: string; files: number };
  /**
   * Other programs' files that a commit found where it had promised to write: they are kept here, below `.ayes/` in the
   * folder, for a person to look at and remove.
   */
  conflicts?: string[];
};

/** What is known of a file in a folder. */
export type FolderFileStat = {
  path: string;
  /** In bytes. */
  size: number;
  /** SHA-256 of its bytes, in hexadecimal. */
  digest: string;
  /** When it was written, in milliseconds since 1970. */
  modifiedAt: number;
};

/**
 * An attached folder in a transaction function. What it reads are the ordinary files on the disk; what it writes becomes
 * them when the transaction has committed, and not before. Everything that was read, or shall be replaced or deleted, must
 * still be what it was then: a file that another program has changed since aborts the transaction with `check-failed`, and
 * the function is not run again. Paths are as everywhere; nothing below `.ayes`. Links are never followed, and nothing but
 * regular files is opened: what else stands in the way is `path-taken`. A folder that is gone or in doubt
 * aborts the transaction with `unavailable`, after other attempts in the time that it has.
 */
export interface TransactionFolder {
  /** All its bytes. Rejects with `not-found`. */
  read(path: string): Promise<Uint8Array>;
  /** Rejects with `not-found`. */
  stat(path: string): Promise<FolderFileStat>;
  exists(path: string): Promise<boolean>;
  /** The paths of all regular files with names in NFC, in order, that begin with this. What this transaction writes is not among them. */
  list(prefix?: string): Promise<string[]>;
  /** Takes the source at once, and resolves when it is on disk beside the folder's files. A stream is taken once. */
  write(path: string, source: FileSource): Promise<void>;
  /** Rejects with `not-found`. A folder that becomes empty by it goes, too. */
  delete(path: string): Promise<void>;
}

/**
 * Ordinary folders of this computer that take part in transactions. Which ones is remembered in the data folder. One
 * transaction at a time changes a folder: the first proceeds, others abort with `conflict`.
 */
export interface Folders {
  /**
   * Makes a folder take part under a name of 1 to 64 letters, digits, `.`, `_` and `-`. Rejects with `invalid` and changes
   * nothing when it is missing, no folder, a link, cannot be written, lies in the data folder or around it, or is
   * attached already.
   */
  attach(name: string, dir: string): Promise<FolderStatus>;
  /** Lets go of it, and removes what there is to undo. Its files stay. Rejects with `unavailable` while it is in doubt. */
  detach(name: string): Promise<void>;
  list(): Promise<FolderStatus[]>;
  /**
   * Puts back what the last transaction changed in the folder: a transaction with the same guarantees, about its files only.
   * Once; and not when a file has changed since, which is an abort that names it. Rejects with `not-found` when there is
   * nothing to undo.
   */
  undo(name: string): Promise<Result>;
}
