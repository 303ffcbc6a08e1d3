/** Operations and which must come before which: by the values they read and wrote, and by real time. */

import type { Operation } from "./operations.js";
import type { Token } from "./token.js";

/**
 * `source` comes before `target` in every serial order: it wrote a version that `target` replaced (ww) or read (wr), or
 * it read a version that `target` replaced (rw). `value` is what `target` wrote, and for wr what it read.
 */
export type Dependency = {
  source: number;
  target: number;
  kind: "ww" | "wr" | "rw";
  key: string;
  value: Token;
  /** What a dependency between versions of a register follows from. */
  because?: Because;
};

/** There is a path between two nodes, all of whose dependencies were found in earlier rounds. */
export type Because = { source: number; target: number; reader: number; round: number };

/** Nodes are numbers, in the order of invocation. */
export class Graph {
  readonly nodes: readonly Operation[];
  readonly next: Dependency[][];
  /** Real time without what follows from it: each node's direct successors. */
  readonly later: readonly number[][];
  readonly #byLine: ReadonlyMap<number, number>;

  constructor(operations: readonly Operation[]) {
    this.nodes = operations;
    this.next = operations.map(() => []);
    this.later = realTime(operations);
    this.#byLine = new Map(operations.map(({ invoked }, node) => [invoked, node]));
  }

  nodeOf(operation: Operation): number | undefined {
    return this.#byLine.get(operation.invoked);
  }

  /** Adds a dependency; one of a transaction on itself says nothing. */
  add(dependency: Dependency): void {
    if (dependency.source !== dependency.target) this.next[dependency.source]?.push(dependency);
  }

  successors(node: number): number[] {
    const next = (this.next[node] ?? []).map(({ target }) => target);
    return [...next, ...(this.later[node] ?? [])];
  }

  /** The first node that began after this one ended; all after it did so too. */
  firstAfter(node: number): number {
    const ended = this.nodes[node]?.ended ?? Infinity;
    let first = 0;
    let after = this.nodes.length;
    while (first < after) {
      const middle = (first + after) >> 1;
      if ((this.nodes[middle]?.invoked ?? Infinity) < ended) first = middle + 1;
      else after = middle;
    }
    return first;
  }
}

/** Edges only from those that ended last before each beginning: the rest follows. */
function realTime(operations: readonly Operation[]): number[][] {
  const later: number[][] = operations.map(() => []);
  const byEnd = operations
    .map(({ ended }, node) => ({ ended, node }))
    .filter(({ ended }) => ended !== Infinity)
    .sort((a, b) => a.ended - b.ended);
  let latest: number[] = [];
  let next = 0;
  for (const [node, { invoked }] of operations.entries()) {
    for (let done = byEnd[next]; done && done.ended < invoked; done = byEnd[++next]) {
      const begun = operations[done.node]?.invoked ?? 0;
      latest = latest.filter((other) => (operations[other]?.ended ?? 0) > begun);
      latest.push(done.node);
    }
    for (const earlier of latest) later[earlier]?.push(node);
  }
  return later;
}
