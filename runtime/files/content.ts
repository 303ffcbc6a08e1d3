/** What a file consists of, as its row says: its bytes, or the digests of the chunks of a content that replicas keep. */

import { createHash } from "node:crypto";
import type { FileRow } from "../../actors/file.js";
import type { FileStat } from "../files-api.js";

/** Contents are written, compared and read in pieces of this size; only the last one of a content is shorter. */
export const CHUNK_BYTES = 1024 * 1024;
/** A file up to this size stands in its row. */
export const INLINE_BYTES = 64 * 1024;
export const FILE_LIMIT_BYTES = 16 * 1024 * 1024 * 1024;
const DIGEST_BYTES = 32;

/** What a row says of the bytes. */
export type Content = Pick<FileRow, "size" | "digest" | "inline" | "chunks">;

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Of bytes that stand in the row. */
export function inlineContent(bytes: Uint8Array): Content {
  const inline = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return { size: bytes.length, digest: sha256(bytes).toString("hex"), inline };
}

/** The digest of each chunk. */
export function chunkDigests({ chunks = "" }: Content): Buffer[] {
  const all = Buffer.from(chunks, "base64");
  const count = Math.floor(all.length / DIGEST_BYTES);
  return Array.from({ length: count }, (_, index) => all.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES));
}

/** How many bytes a chunk has. */
export function chunkSize({ size }: Content, index: number): number {
  return Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
}

/** What a row says, for people and programs. */
export function statOf(path: string, version: string, { size, digest, modified = 0, type }: FileRow): FileStat {
  return { path, size, digest, version, modifiedAt: modified, ...(type !== undefined && { type }) };
}
