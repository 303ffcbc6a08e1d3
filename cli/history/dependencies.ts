/** Dependencies that follow from what was read, after Adya (1999) and Kingsbury and Alvaro's Elle (2020). */

import type { Graph } from "./graph.js";
import type { Key, Keys } from "./keys.js";
import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";

/** A read of a register whose writer is known. Without a writer it read that nothing was there. */
export type TracedRead = { reader: number; key: string; value: Token; writer: number | undefined };

/** Who read and who wrote a key, as nodes. */
type Users = { readers: { node: number; value: Token }[]; writers: number[] };

/** Adds all dependencies of lists, and those of registers from write to read. */
export function addDependencies(graph: Graph, keys: Keys): { traced: TracedRead[]; writers: Map<string, number[]> } {
  const traced: TracedRead[] = [];
  const writers = new Map<string, number[]>();
  for (const [name, users] of usersOf(graph.nodes)) {
    const key = keys.get(name);
    if (!key) continue;
    if (key.list) addList(graph, key, users);
    else {
      traced.push(...traceReads(graph, key, users));
      writers.set(name, users.writers);
    }
  }
  return { traced, writers };
}

function usersOf(nodes: readonly Operation[]): Map<string, Users> {
  const users = new Map<string, Users>();
  const of = (key: string): Users => {
    const known = users.get(key) ?? { readers: [], writers: [] };
    users.set(key, known);
    return known;
  };
  for (const [node, { reads, writes }] of nodes.entries()) {
    for (const { key, value } of reads) of(key).readers.push({ node, value });
    for (const { key } of writes) of(key).writers.push(node);
  }
  return users;
}

function traceReads(graph: Graph, key: Key, { readers }: Users): TracedRead[] {
  return readers.flatMap(({ node: reader, value }) => {
    const candidates = key.writers.get(value) ?? [];
    const [only] = candidates;
    if (candidates.length > 1 || (only !== undefined && value === ABSENT)) return [];
    const writer = only && graph.nodeOf(only);
    if (writer !== undefined) graph.add({ source: writer, target: reader, kind: "wr", key: key.name, value });
    return [{ reader, key: key.name, value, writer }];
  });
}

/** The order of a list is known as far as it was read; whatever was never read comes after that, in any order. */
function addList(graph: Graph, key: Key, { readers, writers }: Users): void {
  const order = key.order.map((element) => writerOf(graph, key, element));
  for (let place = 1; place < order.length; place += 1) {
    const [source, target] = [order[place - 1], order[place]];
    if (source === undefined || target === undefined) continue;
    graph.add({ source, target, kind: "ww", key: key.name, value: key.order[place] ?? ABSENT });
  }
  for (const { node, value } of readers) addReader(graph, key, order, node, Number(value));
  addUnread(graph, key, order, { readers, writers });
}

/** The only writer of an element, as far as it is known. */
function writerOf(graph: Graph, key: Key, element: Token): number | undefined {
  const writers = key.writers.get(element) ?? [];
  return writers.length === 1 && writers[0] ? graph.nodeOf(writers[0]) : undefined;
}

function addReader(graph: Graph, key: Key, order: readonly (number | undefined)[], node: number, length: number): void {
  const last = order[length - 1];
  const next = order[length];
  if (last !== undefined) {
    graph.add({ source: last, target: node, kind: "wr", key: key.name, value: key.order[length - 1] ?? ABSENT });
  }
  if (next !== undefined) {
    graph.add({ source: node, target: next, kind: "rw", key: key.name, value: key.order[length] ?? ABSENT });
  }
}

/** Enough to show what is wrong with an append that nobody sees. */
const MISSING_MOST = 1000;

function addUnread(graph: Graph, key: Key, order: readonly (number | undefined)[], users: Users): void {
  const ends = users.readers
    .filter(({ value }) => value === order.length)
    .map(({ node }) => ({ node, ended: graph.nodes[node]?.ended ?? Infinity }))
    .sort((a, b) => b.ended - a.ended);
  const last = order.at(-1);
  const known = new Set(key.order);
  for (const target of users.writers) {
    const operation = graph.nodes[target];
    const value = operation?.writes.find((write) => write.key === key.name)?.values.find((one) => !known.has(one));
    if (!operation || value === undefined) continue;
    if (last !== undefined) graph.add({ source: last, target, kind: "ww", key: key.name, value });
    // Who ended before the append began comes first by real time anyway.
    const near = ends.findIndex(({ ended }) => ended < operation.invoked);
    for (const { node } of ends.slice(0, Math.min(near < 0 ? ends.length : near, MISSING_MOST))) {
      graph.add({ source: node, target, kind: "rw", key: key.name, value });
    }
  }
}
