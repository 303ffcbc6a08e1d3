/** A new store for one replica, made of a snapshot of another one: the same data and promises under its own name. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Broken } from "../actors/protocol.js";
import { roleOf } from "../actors/record.js";
import { encodeRecords } from "./codec.js";
import { bytesOf, type Environment, openEnvironment } from "./environment.js";
import { flushFolder, type Identity, MarkWriter, writeIdentity } from "./guard.js";
import type { Damage } from "./scrub.js";
import type { LogRow, Snapshot } from "./snapshot.js";

export type Copy = {
  /** Where it is made. What stands there is a draft that was left behind. */
  folder: string;
  identity: Identity;
  /** The last incarnation of the store that this one replaces. */
  epoch: number;
};

export type Copied = { keys: number; records: number };

/** Rows and bytes of one transaction of the copy: about what is held in memory. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 4 * 1024 * 1024;
/** The lost store may have been ahead in positions, and have told followers so: it can never be ahead by this much. */
const LEAP = 2 ** 32;

/**
 * Makes the copy durable, its identity last: before that nobody opens it. Yields how many rows are written.
 * Throws `Broken` at the first damage of the source.
 */
export function* copyStore(source: Snapshot, { folder, identity, epoch }: Copy): Generator<number, Copied> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "lmdb"), { recursive: true, mode: 0o700 });
  const target = openEnvironment(folder, "create");
  const copied: Copied = { keys: 0, records: 0 };
  let commits = 0;
  for (const page of pages(source.data(refuse))) {
    transact(target, () => page.forEach(({ key, value }) => void target.data.putSync(key, value)));
    copied.keys += page.length;
    commits += 1;
    yield copied.keys;
  }
  for (const page of pages(participantRows(source))) {
    transact(target, () => page.forEach(({ key, value }) => void target.log.putSync(key, value)));
    copied.records += page.reduce((sum, { records }) => sum + records.length, 0);
    commits += 1;
    yield copied.keys + copied.records;
  }
  let placed = source.progress.placed;
  for (const page of pages(source.changes(refuse))) {
    transact(target, () => page.forEach(({ key, value }) => void target.changes.putSync(key, value)));
    placed = page.at(-1)?.key ?? placed;
    commits += 1;
    yield copied.keys + copied.records;
  }
  commits += 1;
  const { clock, begin } = source.progress.reach;
  const reach = { clock: clock + LEAP, begin };
  const progress = { ...source.progress, ...identity, epoch, commits, reach, placed };
  transact(target, () => void target.root.putSync("progress", progress));
  target.root.close();
  const mark = new MarkWriter(folder);
  mark.write({ commits, bytes: bytesOf(folder) });
  mark.close();
  flushFolder(join(folder, "lmdb"));
  writeIdentity(folder, identity);
  return copied;
}

/** What a coordinator decided is no business of another node, nor whom it saw fail. */
function* participantRows(source: Snapshot): Iterable<LogRow> {
  for (const row of source.log(refuse)) {
    const records = row.records.filter((record) => roleOf(record) === "participant" && record.kind !== "survived");
    if (records.length === row.records.length) yield row;
    else if (records.length > 0) yield { key: row.key, records, value: encodeRecords(String(row.key), records) };
  }
}

function* pages<Row extends { value: Buffer }>(rows: Iterable<Row>): Iterable<Row[]> {
  let page: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    page.push(row);
    bytes += row.value.length;
    if (page.length < PAGE_ROWS && bytes < PAGE_BYTES) continue;
    yield page;
    page = [];
    bytes = 0;
  }
  if (page.length > 0) yield page;
}

/** A callback that returned a promise would keep the transaction open. */
function transact({ root }: Environment, work: () => void): void {
  root.transactionSync(() => {
    work();
  });
}

function refuse({ code, message }: Damage): never {
  throw new Broken(code, message);
}
