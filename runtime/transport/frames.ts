/** Messages as bytes on a stream: a length, a checksum, the length inverted, and plain msgpack. A bad frame ends it. */

import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";

/** A frame longer than this is refused by its length, before any of it is kept. */
export const FRAME_LIMIT_BYTES = 64 * 1024 * 1024;
/** A length that was damaged must show at once: otherwise everything to come would be taken for one long frame. */
export const HEADER_BYTES = 12;

// Plain msgpack: no record extension, no types beyond JSON and bytes.
const packr = new Packr({ useRecords: false, moreTypes: false });

export function encodeFrame(payload: unknown): Buffer {
  const body = packr.pack(payload);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32LE(body.length, 0);
  frame.writeUInt32LE(crc32(body), 4);
  frame.writeUInt32LE(~body.length >>> 0, 8);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Cuts a stream into frames. Feed it every chunk in order. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The payloads that this chunk completes. Throws on a frame that is too long, damaged or not msgpack. */
  *push(chunk: Buffer): Iterable<unknown> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let frame = this.#take(); frame; frame = this.#take()) yield packr.unpack(frame);
  }

  #take(): Buffer | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    const header = this.#front(HEADER_BYTES);
    const size = header.readUInt32LE(0);
    if (header.readUInt32LE(8) !== ~size >>> 0) throw new Error("the length of a frame is damaged");
    if (size > FRAME_LIMIT_BYTES) throw new Error(`a frame of ${size} bytes is over the limit of ${FRAME_LIMIT_BYTES}`);
    if (this.#length < HEADER_BYTES + size) return undefined;
    const whole = this.#front(HEADER_BYTES + size);
    const body = whole.subarray(HEADER_BYTES, HEADER_BYTES + size);
    if (crc32(body) !== whole.readUInt32LE(4)) throw new Error("a frame is damaged");
    this.#chunks[0] = whole.subarray(HEADER_BYTES + size);
    this.#length -= HEADER_BYTES + size;
    return body;
  }

  /** The first chunk, made to hold at least `bytes`. Chunks are joined only when a frame is complete. */
  #front(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
