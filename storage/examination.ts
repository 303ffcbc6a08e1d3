/** What a look at a whole store comes to: its damage, and digests by which replicas are compared. */

import { crc32 } from "node:zlib";
import { letsGo } from "../actors/record.js";
import type { Key } from "../actors/transaction.js";
import type { Damage } from "./scrub.js";
import type { SealedRow, Snapshot } from "./snapshot.js";

export type Examination = {
  /** Users' keys. */
  keys: number;
  records: number;
  /** What is wrong; empty when the store is whole. */
  damages: Damage[];
  /** One number for each part of the keys. Stores with the same keys, versions and values have the same ones. */
  digest: number[];
  /** Keys that are promised to a transaction whose end this store has not seen: another one may be ahead. */
  promised: Key[];
};

/** Keys fall into so many parts by their hash, so that a difference leads to few keys. */
const PARTS = 1024;
const MODULUS = 2 ** 48;
const DAMAGES_MOST = 20;
/** Rows between two words of progress. */
const STRIDE = 1000;

/** Looks at every row; yields how many it has seen, so that whoever runs it can do something else meanwhile. */
export function* examine(snapshot: Snapshot): Generator<number, Examination> {
  const damages: Damage[] = [];
  const found = (damage: Damage) => {
    // A damaged page ends the whole moment: that other tables cannot be read in it either says nothing of them.
    const follows = damages.length > 0 && damage.message.includes("MDB_BAD_TXN");
    if (damages.length < DAMAGES_MOST && !follows) damages.push(damage);
  };
  const digest = new Array<number>(PARTS).fill(0);
  const open = new Map<string, Key[]>();
  let keys = 0;
  let records = 0;
  let rows = 0;
  for (const row of snapshot.data(found)) {
    const part = partOf(row.key);
    digest[part] = ((digest[part] ?? 0) + printOf(row)) % MODULUS;
    keys += Number(!isOwnRow(row));
    rows += 1;
    if (rows % STRIDE === 0) yield rows;
  }
  for (const row of snapshot.log(found)) {
    for (const record of row.records) {
      if (record.kind === "prepared")
        open.set(
          record.txn,
          record.writes.map(({ key }) => key),
        );
      else if (letsGo(record)) open.delete(record.txn);
    }
    records += row.records.length;
    rows += 1;
    if (rows % STRIDE === 0) yield rows;
  }
  return { keys, records, damages, digest, promised: [...open.values()].flat() };
}

/** Every key in these parts with a number that tells its version and value from others. */
export function* entriesIn(snapshot: Snapshot, parts: readonly number[]): Generator<number, [Key, number][]> {
  const wanted = new Set(parts);
  const entries: [Key, number][] = [];
  let rows = 0;
  for (const row of snapshot.data(() => undefined)) {
    if (wanted.has(partOf(row.key))) entries.push([row.key.toString(), printOf(row)]);
    rows += 1;
    if (rows % STRIDE === 0) yield rows;
  }
  return entries;
}

function partOf(key: Buffer): number {
  return crc32(key) % PARTS;
}

/** The seal at the front of a row binds its key to it. */
function printOf({ value }: SealedRow): number {
  return crc32(value, value.length);
}

/** Whether its key is the cluster's own. */
function isOwnRow({ key }: SealedRow): boolean {
  return key[0] === 0;
}
