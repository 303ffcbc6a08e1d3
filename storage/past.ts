/** What a store still proves of its past: its log, the changes that it keeps, and its data. */

import type { LogRecord } from "../actors/record.js";
import type { Change, Key, Position, Stored, TxnId } from "../actors/transaction.js";
import { decodeChanges, decodeStored } from "./codec.js";
import type { Progress } from "./guard.js";
import type { Damage } from "./scrub.js";
import type { Snapshot } from "./snapshot.js";

/** `places`: changes without their writes, for a store beside one that was read as a whole. */
export type Wanted = {
  rows: boolean;
  changes: "whole" | "places" | readonly Position[];
  /** Only what is said of this transaction. */
  about?: TxnId | undefined;
};

export type StorePast = {
  progress: Progress;
  /** What is wrong; what is right is told all the same. */
  damages: Damage[];
  records: LogRecord[];
  /** In the order in which they came to disk. */
  changes: Change[];
  /** The data now. */
  rows: [Key, Stored["value"], TxnId][];
};

const DAMAGES_MOST = 20;
/** Rows between two words of progress. */
const STRIDE = 5000;

/** Yields how many rows it has read. */
export function* pastOf(snapshot: Snapshot, wanted: Wanted): Generator<number, StorePast> {
  const past: StorePast = { progress: snapshot.progress, damages: [], records: [], changes: [], rows: [] };
  const found = (damage: Damage) => {
    if (past.damages.length < DAMAGES_MOST) past.damages.push(damage);
  };
  let seen = 0;
  // An id stands in a row as it is, so most rows need not be unpacked.
  const id = wanted.about === undefined ? undefined : Buffer.from(wanted.about);
  for (const { records } of snapshot.log(found, id)) {
    past.records.push(...records.filter((record) => isMeant(record, wanted)));
    seen += 1;
    if (seen % STRIDE === 0) yield seen;
  }
  for (const { key, value } of snapshot.changes(found)) {
    past.changes.push(...changesIn(key, value, wanted, id));
    seen += 1;
    if (seen % STRIDE === 0) yield seen;
  }
  for (const { key, value } of wanted.rows ? snapshot.data(found) : []) {
    const name = key.toString();
    const stored = decodeStored(name, value);
    if (stored) past.rows.push([name, stored.value, stored.version]);
    seen += 1;
    if (seen % STRIDE === 0) yield seen;
  }
  return past;
}

function isMeant(told: LogRecord | { txn: TxnId }, { about }: Wanted): boolean {
  return about === undefined || ("txn" in told && told.txn === about);
}

function changesIn(number: number, sealed: Buffer, wanted: Wanted, id: Buffer | undefined): Change[] {
  const changes: Change[] = [];
  if (id && !sealed.includes(id)) return changes;
  const { changes: asked } = wanted;
  for (const { position, txn, rows } of decodeChanges(number, sealed)?.parts() ?? []) {
    // What was copied from another replica is no change.
    if (position === 0 || !isMeant({ txn }, wanted) || (Array.isArray(asked) && !asked.includes(position))) continue;
    const told = asked === "places" ? [] : rows;
    const writes = told.map(([key, row]) => ({ key, value: row && decodeStored(key, row)?.value }));
    changes.push({ position, txn, writes });
  }
  return changes;
}
