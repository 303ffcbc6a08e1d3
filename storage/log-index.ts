/**
 * Which records of the log are alive, and in which row each stands.
 *
 * One commit writes at most two rows: the records that will soon be superseded, and those that last. So a commit of
 * many transactions costs few rows, and promised values leave the log as soon as their transactions are decided.
 */

import { type LogRecord, type Subject, subjectOf, supersedes } from "../actors/record.js";

/** What one commit does to the rows of the log. */
export type LogChange = { put: Map<number, LogRecord[]>; drop: Set<number> };

type Entry = { row: number; record: LogRecord };

export class LogIndex {
  /** The living records of each row, in order. */
  readonly #rows = new Map<number, Set<LogRecord>>();
  readonly #subjects = new Map<Subject, Entry[]>();
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
    const drop = new Set<number>();
    const put = new Map<number, LogRecord[]>();
    for (const record of records) {
      for (const row of this.#supersede(record)) if (row < passing) drop.add(row);
      this.#add(isPassing(record) ? passing : lasting, record);
    }
    for (const row of [passing, lasting, ...this.#ghosts(records)]) {
      const living = this.#rows.get(row);
      if (living) put.set(row, [...living]);
      this.#mixed.delete(row);
    }
    return { put, drop };
  }

  /** How many records are alive. */
  get size(): number {
    return this.#size;
  }

  /** An outcome must not be forgotten while the promise that it superseded could come back at replay. */
  #ghosts(records: readonly LogRecord[]): number[] {
    return records.some(({ kind }) => kind === "forgotten") ? [...this.#mixed] : [];
  }

  #add(row: number, record: LogRecord): void {
    const living = this.#rows.get(row);
    if (living) living.add(record);
    else this.#rows.set(row, new Set([record]));
    const subject = subjectOf(record);
    const entries = this.#subjects.get(subject);
    if (entries) entries.push({ row, record });
    else this.#subjects.set(subject, [{ row, record }]);
    this.#size += 1;
  }

  /** Ends what this record supersedes. Returns the rows in which nothing is left. */
  #supersede(newer: LogRecord): number[] {
    const emptied: number[] = [];
    for (const subject of supersedes(newer)) {
      for (const { row, record } of this.#subjects.get(subject) ?? []) if (this.#end(row, record)) emptied.push(row);
      this.#subjects.delete(subject);
    }
    return emptied;
  }

  #end(row: number, record: LogRecord): boolean {
    const living = this.#rows.get(row);
    living?.delete(record);
    this.#size -= 1;
    const empty = living?.size === 0;
    if (empty) this.#rows.delete(row);
    if (empty) this.#mixed.delete(row);
    else this.#mixed.add(row);
    return empty;
  }
}

function isPassing(record: LogRecord): boolean {
  return record.kind === "prepared" || (record.kind === "decided" && record.outcome === "committed");
}
