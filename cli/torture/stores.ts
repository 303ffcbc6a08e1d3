/** The stores of a closed cluster, read whole, and what must hold in them: replicas equal, nothing undecided. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogRecord } from "../../actors/record.js";
import type { Stored } from "../../actors/transaction.js";
import type { Shape } from "../../runtime/config.js";
import { openLmdb } from "../../storage/lmdb.js";

export type StoreContents = {
  node: string;
  replica: boolean;
  log: LogRecord[];
  rows: Map<string, Stored>;
};

const EVERYTHING = Number.MAX_SAFE_INTEGER;
const SHOWN = 3;

/** Reads the store of every node. Throws `Broken` when one is damaged. */
export function readStores(data: string): StoreContents[] {
  const { cluster, coordinators, replicas } = JSON.parse(readFileSync(join(data, "cluster.json"), "utf8")) as Shape;
  return [...new Set([...coordinators, ...replicas])].map((node) => {
    const store = openLmdb({ folder: join(data, "nodes", node), identity: { cluster, node }, create: false });
    try {
      const log = [...store.replay()];
      const rows = store.keys("", EVERYTHING).map((key): [string, Stored] => [key, store.get(key) as Stored]);
      return { node, replica: replicas.includes(node), log, rows: new Map(rows) };
    } finally {
      store.close();
    }
  });
}

/** Compares the replicas row by row, and looks for transactions without an end. Unforced records are on disk by then. */
export function storeViolations(stores: readonly StoreContents[]): string[] {
  const found = stores.flatMap(({ node, log }) => {
    const open = unfinished(log);
    return open.length > 0 ? [`${node} has ${open.length} unfinished transactions in its log: ${list(open)}`] : [];
  });
  const [first, ...others] = stores.filter(({ replica }) => replica);
  if (!first) return found;
  return [...found, ...others.flatMap((other) => differences(other, first))];
}

/** Keys whose value or version, byte for byte, is not the same. */
function differences(one: StoreContents, other: StoreContents): string[] {
  const keys = new Set([...one.rows.keys(), ...other.rows.keys()]);
  const different = [...keys].filter((key) => rowText(one.rows.get(key)) !== rowText(other.rows.get(key)));
  if (different.length === 0) return [];
  const shown = different.map((key) => `${key} is ${rowText(one.rows.get(key))} and ${rowText(other.rows.get(key))}`);
  return [`${one.node} and ${other.node} hold different data: ${list(shown)}`];
}

/** Value and version, byte for byte. */
export function rowText(row: Stored | undefined): string {
  return row === undefined ? "absent" : JSON.stringify([row.value, row.version]);
}

/** Promises in a log without a conclusion, and commits of which not everybody is known to have heard. */
function unfinished(log: readonly LogRecord[]): string[] {
  const concluded = new Set(log.flatMap((record) => (record.kind === "concluded" ? [record.txn] : [])));
  const ended = new Set(log.flatMap((record) => (record.kind === "ended" ? [record.txn] : [])));
  return log.flatMap((record) => {
    const isPromise = record.kind === "prepared" || record.kind === "precommitted";
    if (isPromise && !concluded.has(record.txn)) return [record.txn];
    const told = record.kind !== "decided" || record.outcome === "aborted" || ended.has(record.txn);
    return told ? [] : [record.txn];
  });
}

/** The first few of many. */
export function list(items: readonly string[]): string {
  const more = items.length > SHOWN ? `, and ${items.length - SHOWN} more` : "";
  return items.slice(0, SHOWN).join(", ") + more;
}
