/**
 * The order of a register's versions is nowhere written: it follows from who must have come before whom. Whoever wrote
 * before a read of another version did so before that version; whoever wrote after a version comes after its readers.
 * Repeated until nothing new follows.
 */

import type { TracedRead } from "./dependencies.js";
import type { Dependency, Graph } from "./graph.js";
import { topologicalOrder } from "./order.js";
import { ABSENT } from "./token.js";

const ROUNDS_MOST = 30;
/** Numbers in the clocks. With more than this, less is inferred. */
const CLOCKS_MOST = 60_000_000;

/** Writers of a key that follow each other in real time. */
type Line = { chain: number; nodes: number[] };

/** Adds what follows to the graph. False if it had to stop early. */
export function saturate(graph: Graph, traced: readonly TracedRead[], writers: ReadonlyMap<string, number[]>): boolean {
  if (traced.length === 0) return true;
  const chains = new Chains(graph);
  if (chains.count * graph.nodes.length > CLOCKS_MOST) return false;
  const lines = new Map([...writers].map(([key, nodes]) => [key, chains.split(nodes)]));
  for (let round = 0; round < ROUNDS_MOST; round += 1) {
    const order = topologicalOrder(graph);
    // There is a cycle: all is said.
    if (!order) return true;
    const inference = new Inference(graph, chains, chains.clocks(order), round);
    for (const read of traced) for (const line of lines.get(read.key) ?? []) inference.infer(read, line);
    if (inference.added === 0) return true;
  }
  return false;
}

/** Nodes as a few sequences that are ordered by real time. */
class Chains {
  readonly #graph: Graph;
  readonly of: Int32Array;
  readonly place: Int32Array;
  count = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.of = new Int32Array(graph.nodes.length);
    this.place = new Int32Array(graph.nodes.length);
    const ends: number[] = [];
    const lengths: number[] = [];
    for (const [node, { invoked, ended }] of graph.nodes.entries()) {
      const free = ends.findIndex((end) => end < invoked);
      const chain = free < 0 ? ends.length : free;
      ends[chain] = ended;
      lengths[chain] = (lengths[chain] ?? 0) + 1;
      this.of[node] = chain;
      this.place[node] = lengths[chain];
    }
    this.count = ends.length;
  }

  split(nodes: readonly number[]): Line[] {
    const lines = new Map<number, Line>();
    for (const node of nodes) {
      const chain = this.of[node] ?? 0;
      const line = lines.get(chain);
      if (line) line.nodes.push(node);
      else lines.set(chain, { chain, nodes: [node] });
    }
    return [...lines.values()];
  }

  /** For each node and chain, how far along the chain the node comes after. */
  clocks(order: Int32Array): Int32Array {
    const { count } = this;
    const clocks = new Int32Array(count * this.#graph.nodes.length);
    for (const node of order) {
      const own = node * count;
      clocks[own + (this.of[node] ?? 0)] = this.place[node] ?? 0;
      for (const next of this.#graph.successors(node)) {
        const theirs = next * count;
        for (let chain = 0; chain < count; chain += 1) {
          const value = clocks[own + chain] ?? 0;
          if (value > (clocks[theirs + chain] ?? 0)) clocks[theirs + chain] = value;
        }
      }
    }
    return clocks;
  }
}

class Inference {
  added = 0;
  readonly #graph: Graph;
  readonly #chains: Chains;
  readonly #clocks: Int32Array;
  readonly #round: number;

  constructor(graph: Graph, chains: Chains, clocks: Int32Array, round: number) {
    this.#round = round;
    this.#graph = graph;
    this.#chains = chains;
    this.#clocks = clocks;
  }

  infer(read: TracedRead, line: Line): void {
    if (read.writer !== undefined) this.#before(read, read.writer, line);
    this.#after(read, line);
  }

  /** The last of the line that comes before the read wrote before the version that was read. */
  #before({ reader, key, value }: TracedRead, writer: number, { nodes }: Line): void {
    let last = firstWhere(nodes, (node) => !this.#reaches(node, reader)) - 1;
    if (nodes[last] === reader) last -= 1;
    const source = nodes[last];
    if (source === undefined || source === writer || this.#reaches(source, writer)) return;
    const because = { source, target: reader, reader, round: this.#round };
    this.#add({ source, target: writer, kind: "ww", key, value, because });
  }

  /** The first of the line that comes after the version that was read comes after its reader. */
  #after({ reader, key, writer }: TracedRead, { nodes }: Line): void {
    let first = writer === undefined ? 0 : firstWhere(nodes, (node) => this.#reaches(writer, node));
    while (first < nodes.length && (nodes[first] === writer || nodes[first] === reader)) first += 1;
    const target = nodes[first];
    if (target === undefined || this.#reaches(reader, target)) return;
    const value = this.#graph.nodes[target]?.writes.find((write) => write.key === key)?.values.at(-1) ?? ABSENT;
    const because = writer === undefined ? {} : { because: { source: writer, target, reader, round: this.#round } };
    this.#add({ source: reader, target, kind: "rw", key, value, ...because });
  }

  #add(dependency: Dependency): void {
    this.#graph.add(dependency);
    this.added += 1;
  }

  #reaches(source: number, target: number): boolean {
    const { count, of, place } = this.#chains;
    return (this.#clocks[target * count + (of[source] ?? 0)] ?? 0) >= (place[source] ?? 0);
  }
}

/** The first index for which it holds; it holds for all after it. */
function firstWhere(nodes: readonly number[], holds: (node: number) => boolean): number {
  let first = 0;
  let after = nodes.length;
  while (first < after) {
    const middle = (first + after) >> 1;
    if (holds(nodes[middle] ?? 0)) after = middle;
    else first = middle + 1;
  }
  return first;
}
