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

/** For each part of the graph that has cycles, the shortest of the worst name, and one that is much shorter if there is any. */
export function findCycles(graph: Graph): Cycle[] {
  const parts = knots(graph.nodes.keys(), (node) => graph.successors(node));
  parts.sort((a, b) => a.length - b.length);
  return parts.slice(0, KNOTS_MOST).flatMap((part) => {
    // An order of versions that was only inferred from a reader tells less than what the reader missed.
    const plain = (link: Dependency) => link.kind !== "ww" || link.because === undefined;
    const found = cyclesAlong(graph, part, plain);
    return found.length > 0 ? found : cyclesAlong(graph, part, () => true);
  });
}

function cyclesAlong(graph: Graph, part: readonly number[], along: (link: Dependency) => boolean): Cycle[] {
  const found: Cycle[] = [];
  const inside = new Set(part);
  for (const shape of SHAPES) {
    const shorter = Math.floor((found.at(-1)?.links.length ?? Infinity) / 2);
    if (shorter < 2) break;
    const kinds = new Set([shape.first, ...shape.rest]);
    const allows = (link: Dependency) => kinds.has(link.kind) && inside.has(link.target) && along(link);
    const successors = (node: number) => {
      const next = (graph.next[node] ?? []).filter(allows).map(({ target }) => target);
      return (shape.realTime ? [...next, ...(graph.later[node] ?? [])] : next).filter((target) => inside.has(target));
    };
    for (const knot of knots(part, successors)) {
      const links = shortest(graph, knot, shape, { along, most: shorter });
      if (links) {
        found.push({ name: shape.name, links });
        break;
      }
    }
  }
  return found;
}

/** Steps before a name is given up for a later, weaker one. */
const STEPS_MOST = 20_000_000;

function shortest(
  graph: Graph,
  knot: readonly number[],
  { first, rest, realTime }: Shape,
  { along, most }: { along: (link: Dependency) => boolean; most: number },
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
    const back = paths.find(link.target, link.source, (best ? best.length - 1 : most) - 1);
    if (back) best = [link, ...back];
  }
  return best;
}
