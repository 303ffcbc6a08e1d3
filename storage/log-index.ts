/**
 * Which records of the log are alive, and in which row each stands.
 *
 * One commit writes at most two rows: the lasting records, then the passing ones, which later ones will soon supersede.
 * So a commit of many transactions costs few rows, and promised values leave the log once they are decided.
 * The lasting ones come first, since they free the keys that a promise of the same commit may take. What one commit
 * both promised and concluded is not written as a promise at all, so no transaction is turned around.
 */

import { isLast, isPassing, type LogRecord, type RoleName, roleOf } from "../actors/record.js";
import type { TxnId } from "../actors/transaction.js";

/** What one commit does to the rows of the log: rows to write, to drop, and to write again with only what is alive. */
export type LogChange = { put: Map<number, LogRecord[]>; drop: number[]; rewrite: number[] };

/** There are many transactions and few have several living records, so the usual case is only a number. */
type Places = number | number[];

/** Subjects that no transaction can have as its id: a role's horizon, and the last word about who survived. */
const HORIZON: TxnId = "";
const SURVIVORS: TxnId = "\0";

export class LogIndex {
  /** The rows of the living records of each transaction, in each role. */
  readonly #places: Record<RoleName, Map<TxnId, Places>> = { coordinator: new Map(), participant: new Map() };
  /** How many records are alive in each row. */
  readonly #living = new Map<number, number>();
  /** Living rows that hold superseded records too. */
  readonly #mixed = new Set<number>();
  #next = 1;
  #size = 0;

  /** Takes a row read at replay. */
  note(row: number, records: readonly LogRecord[]): void {
    this.#next = Math.max(this.#next, row + 1);
    for (const record of records) {
      this.#supersede(record, []);
      this.#add(row, record);
    }
  }

  /** Takes the records of one commit, and tells what it does to the rows. */
  append(records: readonly LogRecord[]): LogChange {
    const first = this.#next;
    this.#next += 2;
    const emptied: number[] = [];
    const rows = new Map<number, LogRecord[]>();
    for (const record of records) {
      this.#supersede(record, emptied);
      const row = isPassing(record) ? first + 1 : first;
      this.#add(row, record);
      const batch = rows.get(row);
      if (batch) batch.push(record);
      else rows.set(row, [record]);
    }
    const put = new Map<number, LogRecord[]>();
    for (const [row, batch] of rows) {
      if (!this.#living.has(row)) continue;
      // What began and ended in one commit leaves no trace, also when its row was empty for a moment.
      const mixed = this.#mixed.delete(row) || emptied.includes(row);
      put.set(row, mixed ? this.alive(row, batch) : batch);
    }
    return { put, drop: emptied.filter((row) => row < first), rewrite: this.#stale(records, first) };
  }

  /** Those of a row's records that are alive. */
  alive(row: number, records: readonly LogRecord[]): LogRecord[] {
    return records.filter((record) => {
      const places = this.#places[roleOf(record)].get(txnOf(record));
      return places === row || (Array.isArray(places) && places.includes(row));
    });
  }

  /** How many records are alive. */
  get size(): number {
    return this.#size;
  }

  /**
   * An outcome must not be forgotten while the promise that it superseded could come back at replay, nor come back
   * itself. So whatever is superseded leaves the disk together with the first outcome that is forgotten after it.
   */
  #stale(records: readonly LogRecord[], first: number): number[] {
    if (!records.some(({ kind }) => kind === "forgotten")) return [];
    const stale = [...this.#mixed].filter((row) => row < first);
    for (const row of stale) this.#mixed.delete(row);
    return stale;
  }

  #add(row: number, record: LogRecord): void {
    const places = this.#places[roleOf(record)];
    const txn = txnOf(record);
    const known = places.get(txn);
    places.set(txn, known === undefined ? row : [known, row].flat());
    this.#living.set(row, (this.#living.get(row) ?? 0) + 1);
    this.#size += 1;
  }

  #supersede(newer: LogRecord, emptied: number[]): void {
    if (newer.kind === "forgotten") {
      this.#end(newer.role, HORIZON, emptied);
      for (const txn of newer.txns) this.#end(newer.role, txn, emptied);
    } else if (newer.kind === "survived") {
      this.#end(roleOf(newer), SURVIVORS, emptied);
    } else if (isLast(newer)) {
      this.#end(roleOf(newer), newer.txn, emptied);
    }
  }

  /** Ends the records of a transaction, and notes the rows in which nothing is left. */
  #end(role: RoleName, txn: TxnId, emptied: number[]): void {
    const places = this.#places[role].get(txn);
    if (places === undefined) return;
    this.#places[role].delete(txn);
    if (typeof places === "number") this.#endOne(places, emptied);
    else for (const row of places) this.#endOne(row, emptied);
  }

  #endOne(row: number, emptied: number[]): void {
    const living = (this.#living.get(row) ?? 0) - 1;
    this.#size -= 1;
    if (living > 0) {
      this.#living.set(row, living);
      this.#mixed.add(row);
      return;
    }
    this.#living.delete(row);
    this.#mixed.delete(row);
    emptied.push(row);
  }
}

function txnOf(record: LogRecord): TxnId {
  if (record.kind === "survived") return SURVIVORS;
  return record.kind === "forgotten" ? HORIZON : record.txn;
}
