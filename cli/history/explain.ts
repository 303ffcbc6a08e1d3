/** A cycle for people: why each edge is there, and the operations that show it. */

import type { Cycle } from "./cycles.js";
import type { Dependency, Graph } from "./graph.js";
import type { Keys } from "./keys.js";
import type { Operation } from "./operations.js";
import { type Link, Paths } from "./paths.js";
import { type Anomaly, type AnomalyName, anomaly, type ShownEdge } from "./verdict.js";

/** The anomalies that a cycle is, from its own operations and those that prove its edges. */
export function cycleAnomalies(
  graph: Graph,
  keys: Keys,
  { name, links }: Cycle,
  proof: readonly Operation[],
): Anomaly[] {
  const operations = [...nodesOf(graph, links), ...links.flatMap((link) => orderShown(graph, keys, link)), ...proof];
  const edges = links.map((link) => shownEdge(graph, link));
  const names: AnomalyName[] = [name];
  if (isLostUpdate(links)) names.unshift("lost update");
  if (links.some((link) => isPhantom(graph, link))) names.unshift("phantom");
  if (isLongFork(links)) names.unshift("long fork");
  return names.map((each) => anomaly(each, operations, edges));
}

function isPhantom(graph: Graph, link: Link): boolean {
  return link.kind === "rw" && graph.nodes[link.source]?.missed.has(link.key) === true;
}

/** Several missed something, but none of them wrote what the next one missed. */
function isLongFork(links: readonly Link[]): boolean {
  const missed = links.filter(({ kind }) => kind === "rw").length;
  const inRow = links.some(({ kind }, index) => kind === "rw" && links[(index + 1) % links.length]?.kind === "rw");
  return missed > 1 && !inRow;
}

/** Two transactions that both replaced what one of them read, without seeing each other. */
function isLostUpdate([one, other, ...more]: readonly Link[]): boolean {
  if (one?.kind !== "rw" || other === undefined || more.length > 0) return false;
  return (other.kind === "rw" || other.kind === "ww") && one.key === other.key;
}

/** Every operation that a cycle of inferred edges rests on. */
export function foundationOf(graph: Graph, links: readonly Link[]): Operation[] {
  const all = [...graph.nodes.keys()];
  const open = [...links];
  const known = new Set<Link>(open);
  const nodes = new Set<number>();
  for (let link = open.pop(); link; link = open.pop()) {
    nodes.add(link.source).add(link.target);
    if (link.kind === "realtime" || !link.because) continue;
    const { source, target, reader, round } = link.because;
    nodes.add(reader);
    const earlier = (other: Dependency) => other.because === undefined || other.because.round < round;
    for (const step of new Paths(graph, all, earlier, true).find(source, target, Infinity) ?? []) {
      if (known.has(step)) continue;
      known.add(step);
      open.push(step);
    }
  }
  return [...nodes].sort((a, b) => a - b).flatMap((node) => graph.nodes[node] ?? []);
}

function nodesOf(graph: Graph, links: readonly Link[]): Operation[] {
  return links.flatMap(({ source }) => graph.nodes[source] ?? []);
}

/** The order of two appends shows in the shortest list that holds both. */
function orderShown(graph: Graph, keys: Keys, link: Link): Operation[] {
  const order = link.kind === "ww" ? keys.get(link.key)?.order : undefined;
  if (link.kind !== "ww" || !order || order.length === 0) return [];
  const place = order.indexOf(link.value);
  const needed = place < 0 ? order.length : place + 1;
  let best: { operation: Operation; length: number } | undefined;
  for (const operation of graph.nodes) {
    const length = Number(operation.reads.find(({ key }) => key === link.key)?.value ?? 0);
    if (length >= needed && (!best || length < best.length)) best = { operation, length };
  }
  return best ? [best.operation] : [];
}

function shownEdge(graph: Graph, link: Link): ShownEdge {
  const source = graph.nodes[link.source]?.invoked ?? 0;
  const target = graph.nodes[link.target]?.invoked ?? 0;
  return { source, target, kind: link.kind, why: why(graph, link, source, target) };
}

const VALUE_MOST = 40;

function why(graph: Graph, link: Link, source: number, target: number): string {
  if (link.kind === "realtime") return `line ${source} ended before line ${target} began`;
  const key = JSON.stringify(link.key);
  const value = String(link.value).slice(0, VALUE_MOST);
  switch (link.kind) {
    case "wr":
      return `line ${target} read ${value} of ${key}, which line ${source} wrote`;
    case "rw":
      return `line ${source} read ${key} without ${value}, which line ${target} wrote`;
    case "ww": {
      const reader = link.because && graph.nodes[link.because.reader]?.invoked;
      if (reader === undefined) return `in ${key}, ${value} of line ${target} follows what line ${source} wrote`;
      return `line ${reader} read ${value} of ${key}, though line ${source} wrote it before, so line ${target} wrote later`;
    }
  }
}
