/** The shortest cycles of a graph, and Adya's names for them. */

import type { Dependency, Graph } from "./graph.js";
import { knots } from "./order.js";
import { type Link, Paths } from "./paths.js";
import type { AnomalyName } from "./verdict.js";

export type Cycle = { name: AnomalyName; links: Link[] };

type Kind = Dependency["kind"];
/** A cycle of this name has one edge of the kind `first`, and otherwise edges of the kinds `rest`. */
type Shape = { name: AnomalyName; first: Kind; rest: readonly Kind[]; realTime: boolean };

/** The worst first: what has an earlier name is not looked at for a later one. */
const SHAPES: readonly Shape[] = [false, true].flatMap((realTime) => {
  const shape = (name: AnomalyName, first: Kind, rest: readonly Kind[]): Shape => ({ name, first, rest, realTime });
  return [
    shape(realTime ? "G0-realtime" : "G0", "ww", ["ww"]),
    shape(realTime ? "G1c-realtime" : "G1c", "wr", ["ww", "wr"]),
    shape(realTime ? "G-single-realtime" : "G-single", "rw", ["ww", "wr"]),
    shape(realTime ? "G2-realtime" : "G2", "rw", ["ww", "wr", "rw"]),
  ];
});

/** Knots to look into, the smallest first. */
const KNOTS_MOST = 50;

/** For each part of the graph that has cycles, the shortest of the worst name. */
export function findCycles(graph: Graph): Cycle[] {
  const parts = knots(graph.nodes.keys(), (node) => graph.successors(node));
  parts.sort((a, b) => a.length - b.length);
  return parts.slice(0, KNOTS_MOST).flatMap((part) => worstCycle(graph, part) ?? []);
}

/** An order of versions that was only inferred from a reader tells less than what the reader missed. */
function worstCycle(graph: Graph, part: readonly number[]): Cycle | undefined {
  const plain = (link: Dependency) => link.kind !== "ww" || link.because === undefined;
  return worstAlong(graph, part, plain) ?? worstAlong(graph, part, () => true);
}

function worstAlong(graph: Graph, part: readonly number[], along: (link: Dependency) => boolean): Cycle | undefined {
  const inside = new Set(part);
  for (const shape of SHAPES) {
    const kinds = new Set([shape.first, ...shape.rest]);
    const allows = (link: Dependency) => kinds.has(link.kind) && inside.has(link.target) && along(link);
    const successors = (node: number) => {
      const next = (graph.next[node] ?? []).filter(allows).map(({ target }) => target);
      return (shape.realTime ? [...next, ...(graph.later[node] ?? [])] : next).filter((target) => inside.has(target));
    };
    for (const knot of knots(part, successors)) {
      const links = shortest(graph, knot, shape, along);
      if (links) return { name: shape.name, links };
    }
  }
  return undefined;
}

/** Steps before a name is given up for a later, weaker one. */
const STEPS_MOST = 20_000_000;

function shortest(
  graph: Graph,
  knot: readonly number[],
  { first, rest, realTime }: Shape,
  along: (link: Dependency) => boolean,
): Link[] | undefined {
  const inside = new Set(knot);
  const kinds = new Set(rest);
  const paths = new Paths(
    graph,
    knot,
    (link) => kinds.has(link.kind) && inside.has(link.target) && along(link),
    realTime,
  );
  const starts = knot
    .flatMap((source) => graph.next[source] ?? [])
    .filter((link) => link.kind === first && inside.has(link.target) && along(link));
  let best: Link[] | undefined;
  for (const link of starts) {
    if (paths.steps > STEPS_MOST || best?.length === 2) break;
    const back = paths.find(link.target, link.source, (best?.length ?? Infinity) - 2);
    if (back) best = [link, ...back];
  }
  return best;
}
