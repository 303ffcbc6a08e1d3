/** Shortest paths in a graph, where any beginning after an end is one link away. */

import type { Dependency, Graph } from "./graph.js";

/** A dependency, or real time between two nodes. */
export type Link = Dependency | { kind: "realtime"; source: number; target: number };

export class Paths {
  /** How many links were looked at. */
  steps = 0;
  readonly #graph: Graph;
  readonly #nodes: readonly number[];
  readonly #allows: (link: Dependency) => boolean;
  readonly #realTime: boolean;

  /** Paths within some nodes (in ascending order), along the dependencies that are allowed, and real time. */
  constructor(graph: Graph, nodes: readonly number[], allows: (link: Dependency) => boolean, realTime: boolean) {
    this.#graph = graph;
    this.#nodes = nodes;
    this.#allows = allows;
    this.#realTime = realTime;
  }

  /** A shortest path, if there is one of at most so many links. */
  find(source: number, target: number, most: number): Link[] | undefined {
    const cameBy = new Map<number, Link | undefined>([[source, undefined]]);
    let level = [source];
    // The nodes from here on have been reached: what began after some end began after any earlier end.
    let reachedFrom = this.#nodes.length;
    for (let depth = 0; depth < most && level.length > 0; depth += 1) {
      const nextLevel: number[] = [];
      const reach = (link: Link) => {
        this.steps += 1;
        if (cameBy.has(link.target)) return;
        cameBy.set(link.target, link);
        nextLevel.push(link.target);
      };
      for (const node of level) {
        this.#reachNext(node, reach);
        if (this.#realTime) reachedFrom = this.#reachLater(node, reachedFrom, reach);
      }
      if (cameBy.has(target)) return backFrom(target, cameBy);
      level = nextLevel;
    }
    return undefined;
  }

  #reachNext(source: number, reach: (link: Link) => void): void {
    for (const link of this.#graph.next[source] ?? []) if (this.#allows(link)) reach(link);
  }

  #reachLater(source: number, reachedFrom: number, reach: (link: Link) => void): number {
    const first = this.#graph.firstAfter(source);
    let from = reachedFrom;
    while (from > 0 && (this.#nodes[from - 1] ?? 0) >= first) {
      from -= 1;
      reach({ kind: "realtime", source, target: this.#nodes[from] ?? 0 });
    }
    return from;
  }
}

function backFrom(target: number, cameBy: ReadonlyMap<number, Link | undefined>): Link[] {
  const links: Link[] = [];
  for (let link = cameBy.get(target); link; link = cameBy.get(link.source)) links.unshift(link);
  return links;
}
