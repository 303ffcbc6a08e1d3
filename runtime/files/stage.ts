/** Gets the bytes of a source to the cluster: small ones go with the operation, others are staged first. */

import { isUint8Array } from "node:util/types";
import { AyesError } from "../errors.js";
import type { FileSource, FileTraffic, StagedContent, UploadOptions, WriteFileOptions } from "../files-api.js";
import { describe } from "../json-shape.js";
import { CHUNK_BYTES, INLINE_BYTES, sha256 } from "./content.js";
import { checkDigest } from "./uploads.js";

/** What an operation takes as its content. */
export type Sent = Uint8Array | StagedContent;

type StageOptions = Pick<UploadOptions, "inline"> & {
  [Name in "digest" | "size" | "onProgress"]?: WriteFileOptions[Name] | undefined;
};

/** Takes the whole source. Rejects with `invalid` when it is not what was declared. */
export async function send(traffic: FileTraffic, source: FileSource, options: StageOptions): Promise<Sent> {
  // There may be no room for it, which is known before any of it is taken.
  if ((options.size ?? 0) > INLINE_BYTES) return stage(traffic, source, options);
  const pieces = piecesOf(source)[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  while (size <= INLINE_BYTES) {
    const { done, value } = await pieces.next();
    if (done) return whole(Buffer.concat(first), options);
    first.push(value);
    size += value.length;
  }
  return stageAll(traffic, chain(first, pieces), options);
}

/** Stages it even if it is small. */
export function stage(traffic: FileTraffic, source: FileSource, options: StageOptions): Promise<StagedContent> {
  return stageAll(traffic, piecesOf(source), options);
}

async function stageAll(
  traffic: FileTraffic,
  pieces: AsyncIterable<Uint8Array>,
  { size, digest, inline, onProgress }: StageOptions,
): Promise<StagedContent> {
  const id = await traffic.beginUpload({
    ...(size !== undefined && { size }),
    ...(inline !== undefined && { inline }),
  });
  try {
    let sent = 0;
    for await (const piece of pieces) {
      await traffic.upload(id, piece);
      sent += piece.length;
      onProgress?.(sent);
    }
    return await traffic.endUpload(id, digest === undefined ? {} : { digest });
  } catch (error) {
    await traffic.dropUpload(id).catch(() => undefined);
    throw error;
  }
}

function whole(bytes: Uint8Array, { size, digest, onProgress }: StageOptions): Uint8Array {
  if (size !== undefined && size !== bytes.length) {
    throw new AyesError("invalid", `the source has ${bytes.length} bytes; ${size} were declared`);
  }
  const found = digest === undefined ? undefined : sha256(bytes).toString("hex");
  if (digest !== undefined && found !== checkDigest(digest)) {
    throw new AyesError("invalid", `the digest of the source is ${found}, not ${digest}: it was changed on its way`);
  }
  onProgress?.(bytes.length);
  return bytes;
}

/** In pieces that are not too large to be sent at once. */
export async function* piecesOf(source: FileSource): AsyncGenerator<Uint8Array> {
  if (typeof source === "string") yield* slices(Buffer.from(source));
  else if (isUint8Array(source)) yield* slices(source);
  else for await (const piece of requireIterable(source)) yield* slices(requireBytes(piece));
}

function* slices(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    // A source that is not wanted to its end is told so.
    await rest.return?.();
  }
}

function requireIterable(source: Exclude<FileSource, string | Uint8Array>): typeof source {
  const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = Object(source);
  if (typeof asynchronous === "function" || typeof synchronous === "function") return source;
  throw new AyesError("invalid", `a source must be bytes, a text or a stream of bytes, not ${describe(source)}`);
}

function requireBytes(piece: unknown): Uint8Array {
  if (isUint8Array(piece)) return piece;
  throw new AyesError("invalid", `a stream must consist of bytes, not ${describe(piece)}`);
}
