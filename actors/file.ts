/**
 * Files. Each has a row of data under a key of the cluster's own, with what is known of it. A small file stands in its
 * row; what a larger one consists of is a content: bytes that each replica keeps beside its store, named by their digest.
 *
 * FILE1. A replica promises a row only when it holds the content that the row names, on disk.
 * FILE2. Beside the row a mark says that the file needs the content. Row and mark change in one commit.
 * FILE3. A content goes only when no mark, and no promise of one, names it.
 */

import { FILE_ROWS, isOwnKey, OWN } from "./own-key.js";
import type { Env } from "./protocol.js";
import { prefixRange } from "./range.js";
import type { Key, KeyRange, Millis, Operation, TxnId, Value, Write } from "./transaction.js";

/** What a content is named by: SHA-256 in hexadecimal. */
export type Digest = string;

const MARKS = `${OWN}content/`;
/** All files. */
export const FILES: KeyRange = prefixRange(FILE_ROWS);
/** All that says which contents are needed. */
export const CONTENTS: KeyRange = prefixRange(MARKS);
const DIGEST_LENGTH = 64;

/** Where it is kept what is known of a file. */
export function fileKey(path: string): Key {
  return FILE_ROWS + path;
}

/** The file that has this key, if one has. */
export function pathIn(key: Key): string | undefined {
  return isOwnKey(key) && key.startsWith(FILE_ROWS) ? key.slice(FILE_ROWS.length) : undefined;
}

/** Where it is said that a file needs a content. */
export function markKey(digest: Digest, path: string): Key {
  return `${MARKS}${digest}/${path}`;
}

/** What such a key says. */
export function markIn(key: Key): { digest: Digest; path: string } | undefined {
  if (!isOwnKey(key) || !key.startsWith(MARKS)) return undefined;
  const end = MARKS.length + DIGEST_LENGTH;
  return { digest: key.slice(MARKS.length, end), path: key.slice(end + 1) };
}

/** Where it stands who needs a content. */
export function marksOf(digest: Digest): KeyRange {
  return prefixRange(`${MARKS}${digest}/`);
}

/** What the value of a row is, as JSON. */
export type FileRow = {
  /** In bytes. */
  size: number;
  /** Of all its bytes. */
  digest: Digest;
  /** When it was written: by the clock of its coordinator, unless its writer says. */
  modified?: Millis;
  /** Its content type. */
  type?: string;
  /** All its bytes in base64, if they stand here. */
  inline?: string;
  /** The digests of the chunks of its content in base64, one after the other, if that is beside the store. */
  chunks?: string;
};

/** The content that a row names. One with the file in it names none. */
export function contentIn(row: Value | undefined): Digest | undefined {
  if (typeof row !== "string") return undefined;
  const { digest, chunks } = JSON.parse(row) as FileRow;
  return chunks === undefined ? undefined : digest;
}

type Put = Extract<Operation, { op: "put" }>;

/** Whether it writes a file and does not say when. */
export function isUndated({ key, value }: Put): boolean {
  return pathIn(key) !== undefined && (JSON.parse(String(value)) as FileRow).modified === undefined;
}

/** With this instant as the one at which its file was written. */
export function dated(put: Put, now: Millis): Put {
  const row = JSON.parse(String(put.value)) as FileRow;
  return { ...put, value: JSON.stringify({ ...row, modified: Math.floor(now) }) };
}

/** Whether it makes a file whose content is not here (FILE1). */
export function lacksContent({ key, value }: Write, env: Pick<Env, "holds">): boolean {
  const digest = pathIn(key) === undefined ? undefined : contentIn(value);
  return digest !== undefined && !env.holds(digest);
}

/** The marks that change with the row of a file (FILE2). Only who has locked the row changes them. */
export function marksFor({ key, value }: Write, version: TxnId, env: Pick<Env, "read">): Write[] {
  const path = pathIn(key);
  if (path === undefined) return [];
  const before = contentIn(env.read(key)?.value);
  const after = contentIn(value);
  if (before === after) return [];
  const marks: Write[] = [];
  if (before !== undefined) marks.push({ key: markKey(before, path), value: undefined, version });
  if (after !== undefined) marks.push({ key: markKey(after, path), value: "null", version });
  return marks;
}
