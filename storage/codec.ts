/** Rows with a checksum: what a row says and where it stands are bound together, so a stray byte is noticed. */

import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";
import type { LogRecord } from "../actors/record.js";
import type { Stored } from "../actors/transaction.js";
import type { DataRow } from "./redo.js";

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

export function encodeStored(key: string, { version, value }: Stored): Buffer {
  return seal(key, packr.pack([version, value]));
}

/** `undefined` when the bytes are not what was written under this key. */
export function decodeStored(key: string, row: Uint8Array): Stored | undefined {
  const body = unseal(key, row);
  if (!body) return undefined;
  const [version, value] = packr.unpack(body) as [string, string | Uint8Array];
  return { value, version };
}

export function encodeRedo(place: string, rows: readonly DataRow[]): Buffer {
  return seal(place, packr.pack(rows));
}

/** `undefined` when the bytes are not what was written at this place. */
export function decodeRedo(place: string, row: Uint8Array): DataRow[] | undefined {
  const body = unseal(place, row);
  return body && (packr.unpack(body) as DataRow[]);
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
  return unseal(place, row) !== undefined;
}

function unseal(place: string | Uint8Array, row: Uint8Array): Uint8Array | undefined {
  if (row.length <= CHECKSUM_BYTES) return undefined;
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const body = row.subarray(CHECKSUM_BYTES);
  return view.getUint32(0, true) === crc32(body, crc32(place)) ? body : undefined;
}
