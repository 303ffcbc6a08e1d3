/** The rows of changes of a node's store: each commit leaves one, from which its data is put in its place later. */

import { Broken } from "../actors/protocol.js";
import type { Change, ChangeQuery, ChangesFound, Effect, Reach } from "../actors/transaction.js";
import { beyond, ChangeIndex, type ChangeRow, RETENTION } from "./changes.js";
import { type Changed, type ChangedRows, decodeChanges, encodeChanges, encodeStored } from "./codec.js";
import type { Table } from "./environment.js";
import type { Progress } from "./guard.js";
import type { DataRow } from "./redo.js";
import { openedRow } from "./row-reading.js";

/** What one commit does to the table, and its data rows. */
export type Turnover = { row: ChangeRow | undefined; sealed: Buffer; rows: DataRow[]; dropped: ChangeRow[] };

export class ChangeTable {
  readonly #folder: string;
  readonly #table: Table<number>;
  readonly #index: ChangeIndex;
  #next: number;

  constructor(folder: string, table: Table<number>, { left, placed }: Progress, retained: number | undefined) {
    this.#folder = folder;
    this.#table = table;
    this.#index = new ChangeIndex(left, { ...RETENTION, ...(retained !== undefined && { changes: retained }) });
    this.#next = placed + 1;
  }

  /** Reads the whole table once, at the start; gives the data rows that are not in their place yet. */
  *unplaced(placed: number): Iterable<{ number: number; rows: DataRow[] }> {
    for (const { key: number, value } of this.#table.getRange({})) {
      const { row, parts } = this.#changed(number, value);
      this.#take(row);
      if (number > placed) yield { number, rows: parts().flatMap(({ rows }) => rows) };
    }
  }

  /** What a commit of these will do, which changes nothing yet. Rows go only when their data is in its place. */
  turnover(writes: readonly Effect[], placed: number): Turnover {
    const parts = partsOf(writes);
    const dropped = this.#index.surplus(placed);
    if (parts.length === 0) return { row: undefined, sealed: Buffer.alloc(0), rows: [], dropped };
    return { ...encodeChanges(this.#next, parts), rows: parts.flatMap(({ rows }) => rows), dropped };
  }

  /** Within the transaction of the commit. */
  write({ row, sealed, dropped }: Turnover): void {
    for (const { number } of dropped) this.#table.removeSync(number);
    if (row) this.#table.putSync(row.number, sealed);
  }

  /** Where positions stand after it. */
  progress(
    { reach, left }: Progress,
    { row, dropped }: Turnover,
    said: Reach = reach,
  ): Pick<Progress, "reach" | "left"> {
    const clock = Math.max(reach.clock, said.clock, row?.high ?? 0);
    return { reach: { clock, begin: said.begin }, left: beyond(left, dropped) };
  }

  /** It is durable. */
  done({ row, dropped }: Turnover): void {
    this.#index.drop(dropped);
    if (row) this.#take(row);
  }

  select(query: ChangeQuery, { begin }: Reach): ChangesFound {
    return this.#index.select(query, begin, (number) => this.#changesIn(number));
  }

  #take(row: ChangeRow): void {
    this.#index.add(row);
    this.#next = row.number + 1;
  }

  #changesIn(number: number): Change[] {
    const parts = this.#changed(number, this.#table.get(number)).parts();
    return parts
      .filter(({ position }) => position > 0)
      .map(({ position, txn, rows }) => {
        const writes = rows.map(([key, row]) => ({ key, value: row && openedRow(this.#folder, key, row).value }));
        return { position, txn, writes };
      });
  }

  #changed(number: number, value: Buffer | undefined): Changed {
    const changed = value && decodeChanges(number, value);
    if (changed) return changed;
    throw new Broken("corrupt-log", `${this.#folder}: row ${number} of the changes is damaged; restore the folder`);
  }
}

/** The writes of one transaction stand side by side. Copies are in a part of their own. */
function partsOf(writes: readonly Effect[]): ChangedRows[] {
  const parts: ChangedRows[] = [];
  for (const { key, value, version, position = 0 } of writes) {
    const row: DataRow = [key, value === undefined ? undefined : encodeStored(key, { value, version })];
    const txn = position > 0 ? version : "";
    const last = parts.at(-1);
    if (last?.position === position && last.txn === txn) last.rows.push(row);
    else parts.push({ position, txn, rows: [row] });
  }
  return parts;
}
