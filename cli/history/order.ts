/** Orders of a graph: one that respects all edges, or the parts that have none. */

import type { Graph } from "./graph.js";

/** The nodes, each after all that must come before it. Nothing if there is a cycle. */
export function topologicalOrder(graph: Graph): Int32Array | undefined {
  const waiting = predecessors(graph);
  const order = new Int32Array(waiting.length);
  let length = 0;
  for (const [node, count] of waiting.entries()) if (count === 0) order[length++] = node;
  for (let index = 0; index < length; index += 1) {
    for (const next of graph.successors(order[index] ?? 0)) {
      const left = (waiting[next] ?? 0) - 1;
      waiting[next] = left;
      if (left === 0) order[length++] = next;
    }
  }
  return length === order.length ? order : undefined;
}

/** How many edges lead to each node. */
export function predecessors(graph: Graph): Int32Array {
  const counts = new Int32Array(graph.nodes.length);
  for (const node of graph.nodes.keys()) {
    for (const next of graph.successors(node)) counts[next] = (counts[next] ?? 0) + 1;
  }
  return counts;
}

type Visit = { node: number; next: readonly number[]; index: number };

/** Tarjan's strongly connected components with more than one node, without recursion. Nodes are in ascending order. */
export function knots(nodes: Iterable<number>, successors: (node: number) => readonly number[]): number[][] {
  const found: number[][] = [];
  const number = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const visits: Visit[] = [];
  const enter = (node: number) => {
    number.set(node, number.size);
    low.set(node, number.size - 1);
    stack.push(node);
    onStack.add(node);
    visits.push({ node, next: successors(node), index: 0 });
  };
  const lower = (node: number, to: number) => low.set(node, Math.min(low.get(node) ?? to, to));
  const leave = (node: number) => {
    visits.pop();
    const parent = visits.at(-1);
    if (parent) lower(parent.node, low.get(node) ?? 0);
    if (low.get(node) !== number.get(node)) return;
    const members = stack.splice(stack.lastIndexOf(node));
    for (const member of members) onStack.delete(member);
    if (members.length > 1) found.push(members.sort((a, b) => a - b));
  };
  for (const root of nodes) {
    if (number.has(root)) continue;
    enter(root);
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const next = visit.next[visit.index++];
      if (next === undefined) leave(visit.node);
      else if (!number.has(next)) enter(next);
      else if (onStack.has(next)) lower(visit.node, number.get(next) ?? 0);
    }
  }
  return found;
}
