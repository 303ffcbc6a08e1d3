/** A file that is being read, as programs see it. */

import { AyesError } from "../errors.js";
import type { ByteRange, FileReading, FileTraffic, OpenFile } from "../files-api.js";
import { describe } from "../json-shape.js";
import { requireFields, requireObject } from "../validation.js";

/** What was opened, or closes it again when the range is not one of it. */
export async function readingOf(traffic: FileTraffic, file: OpenFile, asked?: ByteRange): Promise<FileReading> {
  try {
    return new OpenReading(traffic, file, rangeOf(asked, file.size));
  } catch (error) {
    await traffic.closeFile(file.id);
    throw error;
  }
}

/** Which bytes are meant. */
export function rangeOf(asked: unknown, size: number): { start: number; end: number } {
  if (asked === undefined) return { start: 0, end: size };
  const record = requireObject(asked, "the range");
  requireFields(record, ["start", "end"], "the range");
  const { start = 0, end = size } = record;
  const isCount = (bound: unknown): bound is number => Number.isSafeInteger(bound) && (bound as number) >= 0;
  if (!isCount(start)) throw new AyesError("invalid", `range.start must be a number of bytes, not ${describe(start)}`);
  if (!isCount(end)) throw new AyesError("invalid", `range.end must be a number of bytes, not ${describe(end)}`);
  if (start > end) throw new AyesError("invalid", `the range ends at ${end}, before it starts at ${start}`);
  if (start > size) throw new AyesError("invalid", `the range starts at ${start}; the file has ${size} bytes`);
  return { start, end: Math.min(end, size) };
}

class OpenReading implements FileReading {
  readonly path: string;
  readonly size: number;
  readonly digest: string;
  readonly version: string;
  readonly modifiedAt: number;
  readonly type?: string;
  readonly replica: string;
  readonly range: { start: number; end: number };
  readonly #traffic: FileTraffic;
  readonly #id: string;
  #begun = false;

  constructor(traffic: FileTraffic, file: OpenFile, range: { start: number; end: number }) {
    const { id, path, size, digest, version, modifiedAt, type, replica } = file;
    this.path = path;
    this.size = size;
    this.digest = digest;
    this.version = version;
    this.modifiedAt = modifiedAt;
    if (type !== undefined) this.type = type;
    this.replica = replica;
    this.range = range;
    this.#traffic = traffic;
    this.#id = id;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#begun) throw new AyesError("invalid", "this file was read already: read it again for its bytes");
    this.#begun = true;
    const { start, end } = this.range;
    try {
      for (let position = start; position < end; ) {
        const bytes = await this.#traffic.readFile(this.#id, position);
        if (bytes.length === 0) break;
        yield bytes.subarray(0, end - position);
        position += bytes.length;
      }
    } finally {
      await this.close();
    }
  }

  async bytes(): Promise<Uint8Array> {
    const { start, end } = this.range;
    const all = new Uint8Array(end - start);
    let filled = 0;
    for await (const piece of this) {
      all.set(piece, filled);
      filled += piece.length;
    }
    return all;
  }

  async text(): Promise<string> {
    return Buffer.from(await this.bytes()).toString("utf8");
  }

  async close(): Promise<void> {
    this.#begun = true;
    await this.#traffic.closeFile(this.#id);
  }
}
