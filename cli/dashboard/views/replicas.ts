/** A page of the same keys or files at every replica, as each has committed them, put side by side. */

import type { Key } from "../../../runtime/api.js";
import { ask } from "../live/ask.js";
import { bytesText } from "../parts/amounts.js";
import { keyText, type Shown, valueText } from "../parts/key.js";

/** What one replica holds under a name. */
export type Held = { text: string; version: string };
export type Row = { name: string; held: Record<string, Held>; differs: boolean };
/** Which part of the keys a page is about, or which file comes before it. */
export type Place = { prefix?: Key; start?: Key; end?: Key; after?: string };
export type Compared = { rows: Row[]; next: Place | undefined };

type Entry = Shown & { key: Key; version: string };
type Page = { entries: Entry[]; range: Place; next?: Place };
type FileEntry = { path: string; size: number; digest: string; version: string };
type FilePage = { files: FileEntry[]; next?: { after: string } };
/** What a replica has, in its order. */
type Listed = { replica: string; entries: [name: string, held: Held][] };

const ROWS = 50;
const MOST = 10_000;

/** The first replica says which keys the page is about; the others are asked for all of those. */
export async function readKeys(replicas: readonly string[], place: Place): Promise<Compared> {
  const [first, ...others] = replicas;
  if (first === undefined) return { rows: [], next: undefined };
  const page = await scan(first, place, ROWS);
  const rest = others.map(async (replica) => listed(replica, await scanAll(replica, page.range)));
  return { rows: sideBySide([listed(first, page.entries), ...(await Promise.all(rest))]), next: page.next };
}

/** The same for files: their order is that of their paths. */
export async function readFiles(replicas: readonly string[], { prefix, after }: Place): Promise<Compared> {
  const query = { prefix: typeof prefix === "string" ? prefix : undefined, after, read: "committed" };
  const [first, ...others] = await Promise.all(
    replicas.map((replica, index) => {
      const limit = String(index === 0 ? ROWS : 2 * ROWS);
      return ask<FilePage>("v1/files", { ...query, limit, replica });
    }),
  );
  if (!first) return { rows: [], next: undefined };
  const last = first.next?.after;
  const lists = [first, ...others].map(({ files }, index): Listed => {
    const within = files.filter(({ path }) => last === undefined || path <= last);
    return { replica: replicas[index] ?? "", entries: within.map((file) => [file.path, heldFile(file)]) };
  });
  return { rows: sideBySide(lists), next: first.next && { ...(prefix !== undefined && { prefix }), ...first.next } };
}

/** Names in the order in which the replicas have them; what only a later one has comes behind what it has before it. */
export function sideBySide(lists: readonly Listed[]): Row[] {
  const order: string[] = [];
  const rows = new Map<string, Record<string, Held>>();
  for (const { replica, entries } of lists) {
    let place = 0;
    for (const [name, held] of entries) {
      const known = rows.get(name);
      if (known) place = order.indexOf(name, place);
      else order.splice(place, 0, name);
      rows.set(name, { ...known, [replica]: held });
      place += 1;
    }
  }
  return order.map((name) => {
    const held = rows.get(name) ?? {};
    const [one, ...others] = lists.map(({ replica }) => held[replica]);
    return {
      name,
      held,
      differs: others.some((other) => other?.text !== one?.text || other?.version !== one?.version),
    };
  });
}

function listed(replica: string, entries: readonly Entry[]): Listed {
  return {
    replica,
    entries: entries.map((entry) => [keyText(entry.key), { text: valueText(entry), version: entry.version }]),
  };
}

function heldFile({ size, digest, version }: FileEntry): Held {
  return { text: `${bytesText(size)}, sha256 ${digest.slice(0, 16)}…`, version };
}

/** A page may end early when it has some megabytes. */
async function scanAll(replica: string, place: Place): Promise<Entry[]> {
  const { entries, next } = await scan(replica, place, MOST);
  return next ? [...entries, ...(await scanAll(replica, next))] : entries;
}

function scan(replica: string, { prefix, start, end }: Place, limit: number): Promise<Page> {
  const bounds = { prefixJson: json(prefix), startJson: json(start), endJson: json(end) };
  return ask("v1/scan", { ...bounds, limit: String(limit), read: "committed", replica });
}

function json(key: Key | undefined): string | undefined {
  return key === undefined ? undefined : JSON.stringify(key);
}
