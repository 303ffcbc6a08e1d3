/** A store at one moment, seen by somebody who neither owns nor changes it: to be scrubbed, compared or copied. */

import { Broken } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { Key } from "../actors/transaction.js";
import { decodeChanges, decodeRecords } from "./codec.js";
import {
  type Counts,
  type Environment,
  fileOf,
  isDamage,
  type Moment,
  momentOf,
  openEnvironment,
} from "./environment.js";
import { checkFile, checkIdentity, checkProgress, type Identity, type Progress, readMark, UNBEGUN } from "./guard.js";
import { type Found, soundRows } from "./scrub.js";

/** Which store, and the last incarnation that is known of from elsewhere. */
export type Target = { folder: string; identity: Identity; sinceEpoch: number };

export type SealedRow = { key: Buffer; value: Buffer };
export type LogRow = { key: number; value: Buffer; records: LogRecord[] };

export class Snapshot {
  readonly #environment: Environment;
  readonly #moment: Moment;
  readonly #counts: Counts;
  /** How far the store had come. */
  readonly progress: Progress;

  /** Refuses what the owner would refuse. It may have the store open: what it commits later is not seen here. */
  constructor(target: Target) {
    const { folder, identity } = target;
    if (!checkIdentity(folder, identity)) {
      throw new Broken("no-store", `${folder} holds no store of ${identity.node}; put its folder back`);
    }
    checkFile(folder, fileOf(folder), true);
    // Read before the moment: while the owner commits, the mark follows the store.
    const mark = readMark(folder);
    this.#environment = readable(folder, () => openEnvironment(folder, "read"));
    try {
      const { moment, counts } = readable(folder, () => momentOf(this.#environment));
      this.#moment = moment;
      this.#counts = counts;
      const found = readable(folder, () => this.#environment.root.get("progress"));
      checkProgress(folder, identity, found, { mark, sinceEpoch: target.sinceEpoch });
      this.progress = found ?? { ...identity, ...UNBEGUN };
    } catch (error) {
      this.#environment.root.close();
      throw error;
    }
  }

  /** How many rows there are to look at, about. */
  get size(): number {
    const { data, log, changes } = this.#counts;
    return data + log + changes;
  }

  /** The committed data, sealed: what stands in its place, then what still waits for it. */
  *data(found: Found): Iterable<SealedRow> {
    const waiting = this.#waiting(found);
    for (const row of soundRows(this.#environment, "data", this.#look("data", found))) {
      if (!waiting.has(row.key.toString())) yield row;
    }
    for (const [key, row] of waiting) if (row) yield { key: Buffer.from(key), value: Buffer.from(row) };
  }

  /** The log, oldest row first; only rows that hold these bytes, if any are named. */
  *log(found: Found, held?: Buffer): Iterable<LogRow> {
    for (const { key, value } of soundRows(this.#environment, "log", this.#look("log", found))) {
      if (held && !value.includes(held)) continue;
      const records = decodeRecords(String(key), value);
      if (records) yield { key, value, records };
    }
  }

  /** The rows of changes, sealed, oldest first. */
  *changes(found: Found): Iterable<{ key: number; value: Buffer }> {
    yield* soundRows(this.#environment, "changes", this.#look("changes", found));
  }

  close(): void {
    this.#moment.done();
    this.#environment.root.close();
  }

  #waiting(found: Found): Map<Key, Uint8Array | undefined> {
    const waiting = new Map<Key, Uint8Array | undefined>();
    for (const { key, value } of this.changes(found)) {
      const parts = key > this.progress.placed ? decodeChanges(key, value)?.parts() : undefined;
      for (const { rows } of parts ?? []) for (const [place, row] of rows) waiting.set(place, row);
    }
    return waiting;
  }

  #look(table: keyof Counts, found: Found): { moment: Moment; count: number; found: Found } {
    return { moment: this.#moment, count: this.#counts[table], found };
  }
}

function readable<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = `${folder}: it cannot be opened: ${error instanceof Error ? error.message : error}`;
    throw new Broken(isDamage(error) ? "damaged-store" : "storage-failed", message);
  }
}
