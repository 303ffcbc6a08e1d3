/** What a program can do with the files of a cluster. */

import type { Result, TransactOptions } from "./api.js";
import type { ReadOptions } from "./reading-api.js";

/** What a file shall consist of: bytes, a text (as UTF-8), or a stream of bytes, for example a `Readable`. */
export type FileSource = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What is known of a file. */
export type FileStat = {
  /** Its name: a relative path in NFC, its parts divided by `/`. */
  path: string;
  /** In bytes. */
  size: number;
  /** SHA-256 of its bytes, in hexadecimal. */
  digest: string;
  /** The id of the transaction that wrote it. */
  version: string;
  /** When it was written, in milliseconds since 1970, unless its writer said otherwise. */
  modifiedAt: number;
  /** Its content type, if its writer gave one. */
  type?: string;
};

export type WriteFileOptions = {
  /** Its content type, for example `application/pdf`. */
  type?: string;
  /** Instead of the time of the transaction. */
  modifiedAt?: number;
  /** What SHA-256 of the source must be, in hexadecimal: otherwise nothing is written. */
  digest?: string;
  /** How many bytes the source must have: otherwise nothing is written, and nothing is begun when there is no room. */
  size?: number;
  /** Called as bytes become staged. */
  onProgress?(bytes: number): void;
};

/** Bytes that are with every replica, on disk, until a transaction makes a file of them or they are released. */
export type StagedContent = { staged: string; size: number; digest: string };

/**
 * Operations on files, beside those on keys in one transaction. `content`: a text (as UTF-8) or bytes, 64 KiB at most, or
 * what was staged. A copy has the bytes of what stands at `source` when the transaction commits, and aborts with
 * `not-found` if nothing does. What does not exist is deleted, too. A path may occur once.
 */
export type FileOperation =
  | { op: "writeFile"; path: string; content: Uint8Array | string | StagedContent; type?: string; modifiedAt?: number }
  | { op: "copyFile"; path: string; source: string }
  | { op: "deleteFile"; path: string };

/** What must hold of a file. Its version is the id of the transaction that wrote it. */
export type FileCheck = { path: string; is: "exists" | "absent" } | { path: string; is: "version"; version: string };

/** Bytes from `start` on and before `end`, counted from 0. */
export type ByteRange = { start?: number; end?: number };

export type ReadFileOptions = ReadOptions & { range?: ByteRange };

/**
 * A file that is being read: as it was when the reading began, whoever writes it meanwhile. Iterate over its bytes once,
 * or take them with `bytes` or `text`. Each piece was compared with its digest before it is given out: rejects with
 * `corrupt-data` when no replica has it whole.
 */
export interface FileReading extends FileStat, AsyncIterable<Uint8Array> {
  /** Which bytes these are. */
  readonly range: { start: number; end: number };
  readonly replica: string;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Ends a reading that is not gone through to its end. */
  close(): Promise<void>;
}

export type ListFilesQuery = {
  /** Only files whose path begins with this. */
  prefix?: string;
  /** Only files that come after this path. */
  after?: string;
  /** How many at most (default 100, at most 10,000). */
  limit?: number;
};

export type FilePage = {
  files: FileStat[];
  /** What to ask for next, if there is more. */
  next?: ListFilesQuery;
};

/** Files in a transaction function: they change together with the keys that it writes. */
export interface TransactionFiles {
  /** Takes the source at once, and resolves when it is staged. A stream is taken once, also when the function is run again. */
  write(path: string, source: FileSource | StagedContent, options?: WriteFileOptions): Promise<void>;
  /** Rejects with `not-found`. */
  read(path: string, options?: { range?: ByteRange }): Promise<FileReading>;
  /** Rejects with `not-found`. */
  stat(path: string): Promise<FileStat>;
  exists(path: string): Promise<boolean>;
  list(query?: ListFilesQuery): Promise<FilePage>;
  /** Rejects with `not-found`. */
  delete(path: string): Promise<void>;
  /** Rejects with `not-found`. What stood at the target is replaced. */
  copy(source: string, target: string): Promise<void>;
  rename(source: string, target: string): Promise<void>;
}

/**
 * The files of a cluster. Paths are relative, of 1 to 1,024 bytes: no `..`, no empty part, no NUL. A file has at most 16
 * GiB. Rejects with `invalid` or `too-large` for bad input and changes nothing. As everywhere, an abort is a result.
 */
export interface Files {
  /** Writes a file as a whole. Of two writers at once the first one proceeds, the other aborts with `conflict`. */
  write(
    path: string,
    source: FileSource | StagedContent,
    options?: WriteFileOptions & TransactOptions,
  ): Promise<Result>;
  /** Rejects with `not-found`. */
  read(path: string, options?: ReadFileOptions): Promise<FileReading>;
  /** Rejects with `not-found`. */
  stat(path: string, options?: ReadOptions): Promise<FileStat>;
  list(query?: ListFilesQuery, options?: ReadOptions): Promise<FilePage>;
  /** All of them, page by page. */
  listAll(query?: ListFilesQuery, options?: ReadOptions): AsyncIterable<FileStat>;
  /** Rejects with `not-found`. */
  delete(path: string, options?: TransactOptions): Promise<Result>;
  /** Changes what is known, moves no bytes. Rejects with `not-found`. What stood at the target is replaced. */
  copy(source: string, target: string, options?: TransactOptions): Promise<Result>;
  rename(source: string, target: string, options?: TransactOptions): Promise<Result>;
  /** Uploads bytes for a transaction to come. Release what no transaction has taken. */
  stage(source: FileSource, options?: WriteFileOptions & Pick<UploadOptions, "inline">): Promise<StagedContent>;
  release(content: StagedContent): Promise<void>;
}

export type UploadOptions = {
  /** How many bytes there will be, if that is known. */
  size?: number;
  /** `false`: even a small one stands beside the store. All rows of a transaction have 16 MiB, so many need that. */
  inline?: boolean;
};

/** What crosses a connection: how bytes get in and out piece by piece. */
export interface FileTraffic {
  /** Begins an upload. Rejects with `disk-full` when its bytes have no room. */
  beginUpload(options?: UploadOptions): Promise<string>;
  /** At most 8 MiB at once. The pieces of one upload follow each other. */
  upload(id: string, bytes: Uint8Array): Promise<void>;
  /** Resolves when all of it is staged at every replica. */
  endUpload(id: string, options?: { digest?: string }): Promise<StagedContent>;
  /** Lets go of an upload, or of what it has staged. */
  dropUpload(id: string): Promise<void>;
  /** Opens a file for reading. It must be closed; unused for a minute, it is. */
  openFile(path: string, options?: ReadOptions): Promise<OpenFile>;
  /** Bytes from a position on, at most 1 MiB, none at the end. */
  readFile(id: string, position: number): Promise<Uint8Array>;
  closeFile(id: string): Promise<void>;
}

export type OpenFile = FileStat & { id: string; replica: string };
