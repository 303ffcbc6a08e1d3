/**
 * Which records of the log are alive, and in which row each stands.
 *
 * One commit writes at most two rows: the records that will soon be superseded, and those that last. So a commit of
 * many transactions costs few rows, and promised values leave the log as soon as their transactions are decided.
 */

import { isLast, isPassing, type LogRecord, type RoleName, roleOf } from "../actors/record.js";
import type { TxnId } from "../actors/transaction.js";

/** What one commit does to the rows of the log. */
export type LogChange = { put: Map<number, LogRecord[]>; drop: Set<number> };

/** A living record; `before` is an older living one about the same. */
type Entry = { row: number; record: LogRecord; before: Entry | undefined };
type Row = { records: LogRecord[]; living: number };

/** The subject of a role's horizon, which no transaction can have as its id. */
const HORIZON: TxnId = "";

export class LogIndex {
  readonly #rows = new Map<number, Row>();
  readonly #living: Record<RoleName, Map<TxnId, Entry>> = { coordinator: new Map(), participant: new Map() };
  /** Living rows that still hold superseded records on disk. */
  readonly #mixed = new Set<number>();
  #next = 1;
  #size = 0;

  /** Takes a row read at replay. */
  note(row: number, records: readonly LogRecord[]): void {
    this.#next = Math.max(this.#next, row + 1);
    for (const record of records) {
      this.#supersede(record);
      this.#add(row, record);
    }
  }

  /** Takes the records of one commit, and tells what it does to the rows. */
  append(records: readonly LogRecord[]): LogChange {
    const passing = this.#next;
    const lasting = this.#next + 1;
    this.#next += 2;
    const change: LogChange = { put: new Map(), drop: new Set() };
    for (const record of records) {
      for (const row of this.#supersede(record)) if (row < passing) change.drop.add(row);
      this.#add(isPassing(record) ? passing : lasting, record);
    }
    for (const row of [passing, lasting, ...this.#ghosts(records)]) this.#write(row, change);
    return change;
  }

  /** How many records are alive. */
  get size(): number {
    return this.#size;
  }

  /** An outcome must not be forgotten while the promise that it superseded could come back at replay. */
  #ghosts(records: readonly LogRecord[]): number[] {
    return records.some(({ kind }) => kind === "forgotten") ? [...this.#mixed] : [];
  }

  #write(number: number, { put }: LogChange): void {
    const row = this.#rows.get(number);
    if (!row) return;
    if (row.living < row.records.length) row.records = row.records.filter((record) => this.#isAlive(record));
    put.set(number, row.records);
    this.#mixed.delete(number);
  }

  #isAlive(record: LogRecord): boolean {
    let entry = this.#living[roleOf(record)].get(txnOf(record));
    while (entry && entry.record !== record) entry = entry.before;
    return entry !== undefined;
  }

  #add(number: number, record: LogRecord): void {
    const row = this.#rows.get(number);
    if (row) {
      row.records.push(record);
      row.living += 1;
    } else {
      this.#rows.set(number, { records: [record], living: 1 });
    }
    const living = this.#living[roleOf(record)];
    const txn = txnOf(record);
    living.set(txn, { row: number, record, before: living.get(txn) });
    this.#size += 1;
  }

  /** Ends what this record supersedes. Returns the rows in which nothing is left. */
  #supersede(newer: LogRecord): number[] {
    const emptied: number[] = [];
    if (newer.kind === "forgotten") {
      this.#end(newer.role, HORIZON, emptied);
      for (const txn of newer.txns) this.#end(newer.role, txn, emptied);
    } else if (isLast(newer)) {
      this.#end(roleOf(newer), newer.txn, emptied);
    }
    return emptied;
  }

  #end(role: RoleName, txn: TxnId, emptied: number[]): void {
    let entry = this.#living[role].get(txn);
    if (!entry) return;
    this.#living[role].delete(txn);
    for (; entry; entry = entry.before) {
      const row = this.#rows.get(entry.row);
      if (!row) continue;
      this.#size -= 1;
      row.living -= 1;
      if (row.living > 0) {
        this.#mixed.add(entry.row);
      } else {
        this.#rows.delete(entry.row);
        this.#mixed.delete(entry.row);
        emptied.push(entry.row);
      }
    }
  }
}

function txnOf(record: LogRecord): TxnId {
  return record.kind === "forgotten" ? HORIZON : record.txn;
}
