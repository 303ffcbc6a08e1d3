/** The checksum of the codec (CRC-32, as `zlib` has it), without a call into native code where that takes longer. */

import { crc32 } from "node:zlib";

const POLYNOMIAL = 0xedb88320;
/** Beyond so many bytes native code is faster, call and all. */
const NATIVE_FROM_BYTES = 1024;

/** Eight tables of 256, one for each byte of eight that are taken at once. */
const TABLES = tables();

/** The sum of a place followed by what stands in the row from `start` on. */
export function checksumOf(place: string | Uint8Array, row: Uint8Array, start: number): number {
  const seed = typeof place === "string" ? sumOfText(place) : crc32(place);
  if (row.length - start >= NATIVE_FROM_BYTES) return crc32(row.subarray(start, row.length), seed);
  let sum = ~seed;
  let at = start;
  for (; at + 8 <= row.length; at += 8) sum = eight(sum, row, at);
  for (; at < row.length; at += 1) sum = (sum >>> 8) ^ table(0, sum ^ (row[at] ?? 0));
  return ~sum >>> 0;
}

function sumOfText(text: string): number {
  let sum = -1;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return crc32(text);
    sum = (sum >>> 8) ^ table(0, sum ^ unit);
  }
  return ~sum >>> 0;
}

function eight(sum: number, row: Uint8Array, at: number): number {
  const low =
    sum ^ ((row[at] ?? 0) | ((row[at + 1] ?? 0) << 8) | ((row[at + 2] ?? 0) << 16) | ((row[at + 3] ?? 0) << 24));
  return (
    table(7, low) ^
    table(6, low >>> 8) ^
    table(5, low >>> 16) ^
    table(4, low >>> 24) ^
    table(3, row[at + 4] ?? 0) ^
    table(2, row[at + 5] ?? 0) ^
    table(1, row[at + 6] ?? 0) ^
    table(0, row[at + 7] ?? 0)
  );
}

function table(which: number, byte: number): number {
  return TABLES[which * 256 + (byte & 255)] ?? 0;
}

function tables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
    all[byte] = sum;
  }
  for (let index = 256; index < all.length; index += 1) {
    const before = all[index - 256] ?? 0;
    all[index] = (before >>> 8) ^ (all[before & 255] ?? 0);
  }
  return all;
}
