/** The LMDB environment of a node: its tables, one way to open them, and one moment of them. The package's only place. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase, type Transaction } from "lmdb";
import type { Key, Stored } from "../actors/transaction.js";
import type { Progress } from "./guard.js";
import type { RowReading } from "./row-reading.js";

export type Table<K extends Buffer | number> = Database<Buffer, K>;
/** The data, to be read only. */
export type Rows = Database<Stored, Key>;

export type Environment = {
  root: RootDatabase<Progress, string>;
  data: Table<Buffer>;
  log: Table<number>;
  changes: Table<number>;
};

/** The data as those want it who read single rows. */
export function rowsOf({ root }: Environment, { keyEncoder, encoder }: RowReading): Rows {
  // The types do not know encoders of one's own. They count only when no encoding of the library's is inherited.
  const options = { name: "data", encoding: "own", keyEncoder, encoder, create: false };
  return root.openDB<Stored, Key>(options as object as { name: string });
}

/** One moment of all tables, which later commits do not change. `done` lets its pages go. */
export type Moment = Transaction;

/** `create` makes the tables. Otherwise a missing one is an error: it must not be taken for an empty one. */
export type Access = "create" | "write" | "read";

/** The file that an environment keeps below a node's folder. */
export function fileOf(folder: string): string {
  return join(folder, "lmdb", "data.mdb");
}

export function openEnvironment(folder: string, access: Access): Environment {
  // overlappingSync off: nothing is visible before it is on disk, and a failed flush leaves nothing behind.
  const root = open<Progress, string>({
    path: join(folder, "lmdb"),
    noSubdir: false,
    overlappingSync: false,
    maxDbs: 4,
    encoding: "json",
    readOnly: access === "read",
  });
  // The types do not know `create`, which keeps a damaged table from being replaced by an empty one.
  const options = { encoding: "binary" as const, create: access === "create" };
  try {
    return {
      root,
      // The library's own key encoding cannot tell every string from an array of strings.
      data: root.openDB<Buffer, Buffer>({ name: "data", keyEncoding: "binary", ...options }),
      log: root.openDB<Buffer, number>({ name: "log", ...options }),
      changes: root.openDB<Buffer, number>({ name: "changes", ...options }),
    };
  } catch (error) {
    root.close();
    throw error;
  }
}

/** The present moment, and how many rows each table says it has. All of it belongs together within one synchronous run. */
export function momentOf({ root, data, log, changes }: Environment): { moment: Moment; counts: Counts } {
  const moment = root.useReadTransaction();
  return { moment, counts: { data: countOf(data), log: countOf(log), changes: countOf(changes) } };
}

/** The present moment, also when this thread has just looked at an earlier one. */
export function presentOf({ root }: Environment): Moment {
  root.resetReadTxn();
  return root.useReadTransaction();
}

export type Counts = { data: number; log: number; changes: number };

export function countOf<K extends Buffer | number>(table: Table<K>): number {
  return (table.getStats() as { entryCount: number }).entryCount;
}

/** The keys before this one. */
export function countBefore(table: Table<Buffer>, key: Buffer): number {
  return table.getKeysCount({ end: key });
}

export function bytesOf(folder: string): number {
  return statSync(fileOf(folder)).size;
}

/** Whether an error says that the file is not what was written, and not that the system refused. */
export function isDamage(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof RangeError) return true;
  return error instanceof Error && DAMAGE.test(error.message);
}

const DAMAGE =
  /MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH|PANIC|INCOMPATIBLE|PROBLEM|NOTFOUND)|Database not found|Invalid key size/;
