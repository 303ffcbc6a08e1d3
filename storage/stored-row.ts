/**
 * Reads what the codec packs for a key: a list of two, version and value, in MessagePack. The general reader takes three
 * times as long, and this is what a store does most.
 */

import type { Stored } from "../actors/transaction.js";

const PAIR = 0x92;
const SHORT_TEXT = 0xa0;
const SHORT_TEXT_MOST = 31;
const TEXT_8 = 0xd9;
const BYTES_8 = 0xc4;

/** What stands from `start` on. The checksum has told already that nothing else stands there. */
export function readStored(row: Buffer, start: number): Stored {
  if (row[start] !== PAIR) throw new RangeError("a row of data does not begin as one");
  const version = headAt(row, start + 1);
  const { begin, end, isText } = headAt(row, version.end);
  return {
    value: isText ? row.toString("utf8", begin, end) : new Uint8Array(row.subarray(begin, end)),
    version: row.toString("utf8", version.begin, version.end),
  };
}

/** Where a text or bytes begin and end. Their length takes 1, 2 or 4 bytes, or is part of the first one. */
function headAt(row: Buffer, at: number): { begin: number; end: number; isText: boolean } {
  const kind = row[at] ?? 0;
  const short = kind - SHORT_TEXT;
  if (short >= 0 && short <= SHORT_TEXT_MOST) return { begin: at + 1, end: at + 1 + short, isText: true };
  const isText = kind >= TEXT_8;
  const width = 1 << (kind - (isText ? TEXT_8 : BYTES_8));
  const begin = at + 1 + width;
  return { begin, end: begin + row.readUIntBE(at + 1, width), isText };
}
