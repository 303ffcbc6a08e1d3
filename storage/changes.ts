/**
 * Which changes are kept, and in which rows.
 *
 * Each commit of the store leaves one row: what its transactions changed, each with its position. So positions may go back
 * from row to row, by as much as decisions overtake each other. Rows leave oldest first, when there are more than are
 * retained; what has been left out is known by the highest position that left.
 */

import type { Change, ChangeQuery, ChangesFound, Position } from "../actors/transaction.js";

/** A row of changes, as far as one has to know it to find it. Without any changes its span is empty. */
export type ChangeRow = { number: number; low: Position; high: Position; count: number; bytes: number };

/** How much is kept: so many changes, and so many bytes. */
export type Retention = { changes: number; bytes: number };

export const RETENTION: Retention = { changes: 100_000, bytes: 64 * 1024 * 1024 };

/** Dropped with one commit at most: somewhat more than it adds. */
const DROPPED_AT_ONCE = 4;
/** Rows that have left are cut off the list when there are so many. */
const LEFT_MOST = 4096;

type Kept = ChangeRow & { /** The highest position in this row or an earlier one. */ reach: Position };

export class ChangeIndex {
  readonly #retention: Retention;
  #rows: Kept[] = [];
  /** How many of `#rows` have left. */
  #left = 0;
  #count = 0;
  #bytes = 0;
  /** Changes up to here have left. */
  #passed: Position;

  constructor(left: Position, retention: Retention = RETENTION) {
    this.#passed = left;
    this.#retention = retention;
  }

  /** Takes a row, in the order of their numbers. */
  add(row: ChangeRow): void {
    this.#rows.push({ ...row, reach: Math.max(row.high, this.#rows.at(-1)?.reach ?? 0) });
    this.#count += row.count;
    this.#bytes += row.bytes;
  }

  /** The oldest rows that are too many, of those up to a number. */
  surplus(upTo: number): ChangeRow[] {
    let { changes, bytes } = { changes: this.#count, bytes: this.#bytes };
    const dropped: ChangeRow[] = [];
    for (const row of this.#rows.slice(this.#left, this.#left + DROPPED_AT_ONCE)) {
      if (row.number > upTo || (changes <= this.#retention.changes && bytes <= this.#retention.bytes)) break;
      dropped.push(row);
      changes -= row.count;
      bytes -= row.bytes;
    }
    return dropped;
  }

  /** The oldest rows have left. */
  drop(rows: readonly ChangeRow[]): void {
    this.#passed = beyond(this.#passed, rows);
    for (const { count, bytes } of rows) {
      this.#count -= count;
      this.#bytes -= bytes;
    }
    this.#left += rows.length;
    if (this.#left < LEFT_MOST) return;
    this.#rows = this.#rows.slice(this.#left);
    this.#left = 0;
  }

  /**
   * The changes of a span in the order of their positions, if they are known, after `known`, and have not left. What `load`
   * reads of a row stands in no order.
   */
  select(query: ChangeQuery, known: Position, load: (row: number) => readonly Change[]): ChangesFound {
    const { since, upTo } = query;
    const begin = Math.max(this.#passed, known);
    if (since < begin) return { begin };
    const rows = this.#rows.slice(this.#firstBeyond(since)).filter(({ count }) => count > 0);
    const floors = floorsOf(rows);
    const page = new Page(query);
    for (const [index, { number, low, high }] of rows.entries()) {
      if (high <= since || low > upTo) continue;
      page.add(load(number));
      // What is still to come stands at the floor of the rest or higher.
      const floor = floors[index + 1] ?? Number.POSITIVE_INFINITY;
      if (page.isFull(floor)) return page.cut(floor);
    }
    return page.cut(Number.POSITIVE_INFINITY);
  }

  /** The first row after which nothing is missing: all before it lie within `since`. */
  #firstBeyond(since: Position): number {
    let low = this.#left;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle]?.reach ?? 0) > since) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** What is gathered for one answer. */
class Page {
  readonly #query: ChangeQuery;
  readonly #found: Change[] = [];
  #bytes = 0;

  constructor(query: ChangeQuery) {
    this.#query = query;
  }

  add(changes: readonly Change[]): void {
    const { since, upTo } = this.#query;
    for (const change of changes) {
      if (change.position <= since || change.position > upTo) continue;
      this.#found.push(change);
      this.#bytes += sizeOf(change);
    }
  }

  /** Whether there is enough for an answer below `floor`. */
  isFull(floor: Position): boolean {
    const { limit, bytes } = this.#query;
    if (this.#found.length < limit && this.#bytes < bytes) return false;
    const certain = this.#found.filter(({ position }) => position < floor);
    return certain.length >= limit || certain.reduce((sum, change) => sum + sizeOf(change), 0) >= bytes;
  }

  /** As much as was asked for, and all of the last position: whoever goes on after it misses none. */
  cut(floor: Position): ChangesFound {
    const certain = this.#found.filter(({ position }) => position < floor).sort(inOrder);
    const { limit, upTo } = this.#query;
    let rest = this.#query.bytes;
    let last: Position | undefined;
    const changes: Change[] = [];
    for (const change of certain) {
      if ((changes.length >= limit || rest <= 0) && change.position !== last) return { changes, upTo: last ?? upTo };
      changes.push(change);
      rest -= sizeOf(change);
      last = change.position;
    }
    return { changes, upTo: floor === Number.POSITIVE_INFINITY ? upTo : Math.min(upTo, floor - 1) };
  }
}

/** How far it is after these have left. */
export function beyond(begin: Position, rows: readonly ChangeRow[]): Position {
  return rows.reduce((most, { high }) => Math.max(most, high), begin);
}

/** The span of the changes of one commit. */
export function spanOf(changes: readonly { position: Position }[]): Pick<ChangeRow, "low" | "high" | "count"> {
  let low = 0;
  let high = 0;
  for (const { position } of changes) {
    low = low === 0 ? position : Math.min(low, position);
    high = Math.max(high, position);
  }
  return { low, high, count: changes.length };
}

/** For each row the lowest position in it or a later one. */
function floorsOf(rows: readonly ChangeRow[]): Position[] {
  const floors = new Array<Position>(rows.length);
  let floor = Number.POSITIVE_INFINITY;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    floor = Math.min(floor, rows[index]?.low ?? floor);
    floors[index] = floor;
  }
  return floors;
}

function inOrder(left: Change, right: Change): number {
  if (left.position !== right.position) return left.position - right.position;
  return left.txn < right.txn ? -1 : 1;
}

/** About how many bytes a change takes. */
export function sizeOf({ writes }: Pick<Change, "writes">): number {
  return writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 64);
}
