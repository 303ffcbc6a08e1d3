/** Looks for a serial order by always taking an operation that can come next. What it finds is proof; failing is none. */

import type { Graph } from "./graph.js";
import type { Keys } from "./keys.js";
import { type Action, advance, Model, meets } from "./model.js";
import { predecessors } from "./order.js";
import type { Token } from "./token.js";

/** Whether it found an order that respects the graph and explains every read. */
export function hasWitness(graph: Graph, keys: Keys): boolean {
  const model = new Model(graph.nodes, keys);
  const actions = graph.nodes.map((operation) => model.action(operation));
  const unread = new Unread(actions);
  const ready = new Ready(graph);
  // One state for the whole walk, changed in place: a copy for each step would be slow with many keys.
  const state = [...model.initial];
  for (let done = 0; done < actions.length; done += 1) {
    const fits = (candidate: number, readOnly: boolean) => {
      const action = actions[candidate];
      return action?.readOnly === readOnly && meets(state, action) && unread.mayReplace(state, action);
    };
    // What only reads goes first: it is in nobody's way.
    const node = ready.take((candidate) => fits(candidate, true)) ?? ready.take((candidate) => fits(candidate, false));
    const action = node === undefined ? undefined : actions[node];
    if (!action || !advance(state, action)) return false;
    unread.note(action);
  }
  return true;
}

/** How many reads of each value are still to come: it must not be replaced before, unless it may come back. */
class Unread {
  readonly #left = new Map<number, Map<Token, number>>();

  constructor(actions: readonly Action[]) {
    for (const action of actions) this.#count(action, 1);
  }

  mayReplace(state: readonly Token[], { reads, sets, grows }: Action): boolean {
    return [...sets, ...grows].every(({ place }) => {
      const value = state[place] ?? 0;
      const own = reads.filter((read) => read.place === place).length;
      return (this.#left.get(place)?.get(value) ?? 0) <= own;
    });
  }

  note(action: Action): void {
    this.#count(action, -1);
  }

  #count({ reads }: Action, by: number): void {
    for (const { place, value, returns } of reads) {
      if (returns) continue;
      const counts = this.#left.get(place) ?? new Map<Token, number>();
      counts.set(value, (counts.get(value) ?? 0) + by);
      this.#left.set(place, counts);
    }
  }
}

/** Operations whose predecessors are all done, those that ended first before the others. */
class Ready {
  readonly #graph: Graph;
  readonly #waiting: Int32Array;
  #nodes: number[] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#waiting = predecessors(graph);
    for (const node of graph.nodes.keys()) if (this.#waiting[node] === 0) this.#add(node);
  }

  take(fits: (node: number) => boolean): number | undefined {
    const index = this.#nodes.findIndex(fits);
    const node = this.#nodes[index];
    if (node === undefined) return undefined;
    this.#nodes.splice(index, 1);
    for (const next of this.#graph.successors(node)) if (this.#done(next) === 0) this.#add(next);
    return node;
  }

  /** One of its predecessors is done: how many are left. */
  #done(node: number): number {
    const left = (this.#waiting[node] ?? 0) - 1;
    this.#waiting[node] = left;
    return left;
  }

  #add(node: number): void {
    const ended = this.#endOf(node);
    const place = this.#nodes.findIndex((other) => this.#endOf(other) > ended);
    this.#nodes.splice(place < 0 ? this.#nodes.length : place, 0, node);
  }

  /** Of unknown outcome, it should be done when the first that depends on it is. */
  #endOf(node: number): number {
    const ended = this.#graph.nodes[node]?.ended ?? Infinity;
    if (ended !== Infinity) return ended;
    return Math.min(...this.#graph.successors(node).map((next) => this.#graph.nodes[next]?.ended ?? Infinity));
  }
}
