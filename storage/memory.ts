/**
 * A storage over a disk in memory, for simulation and tests.
 *
 * A commit writes its rows beside the older ones and flushes, then writes one row that says how far the store has come
 * and flushes again (Gray and Reuter 13: shadow pages). What a lost or torn commit left behind is beyond that number.
 */

import { isOwnKey } from "../actors/own-key.js";
import { Broken } from "../actors/protocol.js";
import { compareKeys, isWithin, prefixRange } from "../actors/range.js";
import type { LogRecord } from "../actors/record.js";
import type {
  Change,
  ChangeQuery,
  ChangesFound,
  Effect,
  Entry,
  Key,
  KeyRange,
  Position,
  Reach,
  Stored,
} from "../actors/transaction.js";
import { beyond, ChangeIndex, type ChangeRow, type Retention, sizeOf, spanOf } from "./changes.js";
import { LogIndex } from "./log-index.js";
import type { MemoryDisk, Row } from "./memory-disk.js";
import type { Batch, Storage, StorageStats } from "./storage.js";

const PROGRESS = "progress";
const LOG = "log/";
const DATA = "data/";
const CHANGES = "changes/";

/** What the last commit point says. */
type Progress = { epoch: number; reach: Reach; left: Position; next: number };
const UNBEGUN: Progress = { epoch: 0, reach: { clock: 0, begin: 0 }, left: 0, next: 1 };

export class MemoryStorage implements Storage {
  readonly epoch: number;
  readonly #disk: MemoryDisk;
  readonly #index = new LogIndex();
  readonly #log = new Map<number, LogRecord[]>();
  readonly #data = new Map<Key, Stored>();
  readonly #changes = new Map<number, Change[]>();
  readonly #kept: ChangeIndex;
  #progress: Progress;
  #commits: number;

  constructor(disk: MemoryDisk, retained?: Retention) {
    this.#disk = disk;
    const progress = disk.lastOf(PROGRESS);
    const commits = progress?.commit ?? 0;
    const valid = newest(disk.rows().filter(({ commit }) => commit <= commits));
    disk.replace([...valid.values()]);
    for (const { place, content } of valid.values()) this.#apply(place, content);
    for (const [row, records] of inOrder(this.#log)) this.#index.note(row, records);
    this.#commits = commits;
    const found = (progress?.content as Progress | undefined) ?? UNBEGUN;
    this.epoch = found.epoch + 1;
    this.#progress = { ...found, epoch: this.epoch };
    this.#kept = new ChangeIndex(found.left, retained);
    for (const [number, changes] of inOrder(this.#changes)) this.#kept.add(rowOf(number, changes));
    this.#advance({});
  }

  get reach(): Reach {
    return this.#progress.reach;
  }

  changes(query: ChangeQuery): ChangesFound {
    return this.#kept.select(query, this.reach.begin, (number) => this.#changes.get(number) ?? []);
  }

  get(key: Key): Stored | undefined {
    return this.#data.get(key);
  }

  keys(prefix: string, limit: number): Key[] {
    return this.scan(prefixRange(prefix), limit).map(({ key }) => key);
  }

  scan(range: KeyRange, limit: number, reverse = false): Entry[] {
    const sign = reverse ? -1 : 1;
    const keys = [...this.#data.keys()].filter((key) => isWithin(key, range));
    keys.sort((left, right) => sign * compareKeys(left, right));
    return keys.slice(0, limit).flatMap((key) => {
      const stored = this.#data.get(key);
      return stored ? [{ key, stored }] : [];
    });
  }

  *replay(): Iterable<LogRecord> {
    for (const [, records] of inOrder(this.#log)) yield* records;
  }

  commit(batch: Batch): void {
    if ((this.#disk.lastOf(PROGRESS)?.content as Progress | undefined)?.epoch !== this.epoch) {
      throw new Broken("fenced", "another incarnation has opened this store");
    }
    // Copied first: what cannot be stored leaves nothing behind.
    const { records, writes, reach = this.reach } = structuredClone(batch);
    const { put, drop, rewrite } = this.#index.append(records);
    const rows: [string, unknown][] = drop.map((row) => [LOG + row, undefined]);
    for (const row of rewrite) rows.push([LOG + row, this.#index.alive(row, this.#log.get(row) ?? [])]);
    for (const [row, living] of put) rows.push([LOG + row, living]);
    for (const { key, value, version } of writes) {
      rows.push([DATA + key, value === undefined ? undefined : { value, version }]);
    }
    const row = rowOf(this.#progress.next, changesIn(writes));
    const dropped = this.#kept.surplus(row.number);
    for (const { number } of dropped) rows.push([CHANGES + number, undefined]);
    if (row.count > 0) rows.push([CHANGES + row.number, changesIn(writes)]);
    for (const [place, content] of rows) this.#disk.write({ place, commit: this.#commits + 1, content });
    this.#disk.flush();
    this.#advance({
      reach: { clock: Math.max(this.reach.clock, reach.clock, row.high), begin: reach.begin },
      left: beyond(this.#progress.left, dropped),
      next: row.number + 1,
    });
    for (const [place, content] of rows) this.#apply(place, content);
    this.#kept.drop(dropped);
    if (row.count > 0) this.#kept.add(row);
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  stats(): StorageStats {
    const keys = [...this.#data.keys()].filter((key) => !isOwnKey(key)).length;
    return { keys, logRecords: this.#index.size, bytes: 0 };
  }

  close(): void {
    // Nothing is held open.
  }

  /** The commit point: from here on the rows of this commit count. */
  #advance(news: Partial<Progress>): void {
    this.#commits += 1;
    this.#progress = { ...this.#progress, ...news };
    this.#disk.write({ place: PROGRESS, commit: this.#commits, content: this.#progress });
    this.#disk.flush();
  }

  #apply(place: string, content: unknown): void {
    if (place.startsWith(DATA)) set(this.#data, place.slice(DATA.length), content as Stored | undefined);
    else if (place.startsWith(CHANGES))
      set(this.#changes, Number(place.slice(CHANGES.length)), content as Change[] | undefined);
    else if (place.startsWith(LOG)) set(this.#log, Number(place.slice(LOG.length)), content as LogRecord[] | undefined);
  }
}

/** The last version of each place that is not empty. */
function newest(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    if (row.content === undefined) found.delete(row.place);
    else found.set(row.place, row);
  }
  return found;
}

function set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** A commit may write its second row first. */
function inOrder<Row>(rows: Map<number, Row>): [number, Row][] {
  return [...rows].sort(([left], [right]) => left - right);
}

/** The writes of one transaction stand side by side. Copies are no changes. */
function changesIn(writes: readonly Effect[]): Change[] {
  const changes: Change[] = [];
  for (const { key, value, version, position } of writes) {
    if (position === undefined) continue;
    const last = changes.at(-1);
    if (last?.txn === version && last.position === position) last.writes.push({ key, value });
    else changes.push({ position, txn: version, writes: [{ key, value }] });
  }
  return changes;
}

function rowOf(number: number, changes: readonly Change[]): ChangeRow {
  return { number, ...spanOf(changes), bytes: changes.reduce((sum, change) => sum + sizeOf(change), 0) };
}
