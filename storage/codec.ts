/** Rows with a checksum: what a row says and where it stands are bound together, so a stray byte is noticed. */

import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";
import type { LogRecord } from "../actors/record.js";
import type { Position, Stored, TxnId } from "../actors/transaction.js";
import { type ChangeRow, spanOf } from "./changes.js";
import { checksumOf } from "./checksum.js";
import type { DataRow } from "./redo.js";
import { readStored } from "./stored-row.js";

// A row of many records names their fields once.
const packr = new Packr({ useRecords: true, maxSharedStructures: 0, moreTypes: false });
const CHECKSUM_BYTES = 4;

export function encodeRecords(place: string, records: readonly LogRecord[]): Buffer {
  return seal(place, packr.pack(records));
}

/** `undefined` when the bytes are not what was written at this place. */
export function decodeRecords(place: string, row: Uint8Array): LogRecord[] | undefined {
  const body = unseal(place, row);
  return body && (packr.unpack(body) as LogRecord[]);
}

/** Plain data on its way from one process of ours to another: many small things travel better as one. */
export function packed(data: unknown): Buffer {
  return packr.pack(data);
}

export function unpacked(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

export function encodeStored(key: string, { version, value }: Stored): Buffer {
  return seal(key, packr.pack([version, value]));
}

/** `undefined` when the bytes are not what was written under this key. */
export function decodeStored(key: string, row: Uint8Array): Stored | undefined {
  const bytes = Buffer.isBuffer(row) ? row : Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  return isSealed(key, bytes) ? readStored(bytes, CHECKSUM_BYTES) : undefined;
}

/** What one transaction put into one commit, as it will stand in the data; without a name when it was copied. */
export type ChangedRows = { position: Position; txn: TxnId; rows: DataRow[] };

/** What a row of changes holds, and where it is to be found. */
export type Changed = { row: ChangeRow; parts(): ChangedRows[] };

export function encodeChanges(number: number, parts: readonly ChangedRows[]): { row: ChangeRow; sealed: Buffer } {
  const { low, high, count } = spanOf(parts.filter(({ position }) => position > 0));
  const packed = packr.pack(parts.map(({ position, txn, rows }) => [position, txn, rows]));
  const sealed = seal(String(number), packr.pack([low, high, count, packed]));
  return { row: { number, low, high, count, bytes: sealed.length }, sealed };
}

/** `undefined` when the bytes are not what was written at this place. Its parts are unpacked only when they are wanted. */
export function decodeChanges(number: number, sealed: Uint8Array): Changed | undefined {
  const body = unseal(String(number), sealed);
  if (!body) return undefined;
  const [low, high, count, packed] = packr.unpack(body) as [Position, Position, number, Uint8Array];
  const parts = () => {
    const all = packr.unpack(packed) as [Position, TxnId, DataRow[]][];
    return all.map(([position, txn, rows]) => ({ position, txn, rows }));
  };
  return { row: { number, low, high, count, bytes: sealed.length }, parts };
}

/** A small sealed JSON text, for the files beside the environment. */
export function sealText(text: string): string {
  return `${text}\n${crc32(text).toString(16).padStart(8, "0")}\n`;
}

export function unsealText(sealed: string): string | undefined {
  const [text, checksum] = sealed.split("\n");
  return text !== undefined && checksum === crc32(text).toString(16).padStart(8, "0") ? text : undefined;
}

function seal(place: string, body: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(CHECKSUM_BYTES + body.length);
  row.writeUInt32LE(crc32(body, crc32(place)), 0);
  row.set(body, CHECKSUM_BYTES);
  return row;
}

/** Whether a row is what was written at this place. */
export function isSealed(place: string | Uint8Array, row: Uint8Array): boolean {
  if (row.length <= CHECKSUM_BYTES) return false;
  const checksum = (row[0] ?? 0) | ((row[1] ?? 0) << 8) | ((row[2] ?? 0) << 16) | ((row[3] ?? 0) << 24);
  return checksum >>> 0 === checksumOf(place, row, CHECKSUM_BYTES);
}

function unseal(place: string | Uint8Array, row: Uint8Array): Uint8Array | undefined {
  return isSealed(place, row) ? row.subarray(CHECKSUM_BYTES, row.length) : undefined;
}
