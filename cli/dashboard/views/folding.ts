/** A long picture made short: who is in doubt asks again and again, and after the first times that says nothing new. */

import type { Arrow, Diagram, Row } from "../../diagram/diagram.js";

/** Rows that were left out before this one. */
export type Gap = { row: Row; left: number; ms: number };
export type Folded = { diagram: Diagram; gap: Gap | undefined };

/** What those say who only ask. */
const ASKING: ReadonlySet<string> = new Set(["inquire", "undecided"]);
/** Shorter pictures are shown as they are. */
const LONG = 48;
/** Rows of asking that are shown before and behind the gap. */
const BEFORE = 14;
const BEHIND = 8;

/** Leaves out rows in which nothing happens but asking, between the first and the last of them. */
export function folded(diagram: Diagram): Folded {
  const asking = diagram.rows > LONG ? askingIn(diagram) : [];
  const left = asking.slice(BEFORE, -BEHIND);
  const [first, last] = [left[0], left.at(-1)];
  if (first === undefined || last === undefined) return { diagram, gap: undefined };
  const out = new Set(left);
  const kept = Array.from({ length: diagram.rows }, (_, row) => row).filter((row) => !out.has(row));
  const places = new Map(kept.map((row, place) => [row, place]));
  const ms = (diagram.times[last] ?? 0) - (diagram.times[first] ?? 0);
  const gap = { row: kept.findIndex((row) => row > first), left: left.length, ms };
  return { diagram: without(diagram, kept, places), gap };
}

/** Rows that have arrows of asking only. */
function askingIn({ arrows, marks, breaks, rows }: Diagram): Row[] {
  const says = new Set([...marks, ...breaks].map(({ row }) => row));
  const asks = new Set<Row>();
  for (const arrow of arrows) {
    const ends = arrow.arrives === undefined ? [arrow.leaves] : [arrow.leaves, arrow.arrives];
    for (const row of ends) (ASKING.has(arrow.body.kind) ? asks : says).add(row);
  }
  return Array.from({ length: rows }, (_, row) => row).filter((row) => asks.has(row) && !says.has(row));
}

function without(diagram: Diagram, kept: readonly Row[], places: ReadonlyMap<Row, Row>): Diagram {
  const nearest = (row: Row) => places.get(row) ?? kept.findIndex((other) => other > row);
  const placed = <Part extends { row: Row }>(parts: readonly Part[]) =>
    parts.filter(({ row }) => places.has(row)).map((part) => ({ ...part, row: nearest(part.row) }));
  const spans = <Part extends { begins: Row; ends: Row }>(parts: readonly Part[]) =>
    parts.map((part) => ({ ...part, begins: nearest(part.begins), ends: nearest(part.ends) }));
  return {
    ...diagram,
    rows: kept.length,
    times: kept.map((row) => diagram.times[row] ?? 0),
    turns: placed(diagram.turns),
    marks: placed(diagram.marks),
    breaks: placed(diagram.breaks),
    phases: spans(diagram.phases),
    locks: spans(diagram.locks),
    arrows: diagram.arrows.flatMap((arrow) => moved(arrow, places)),
  };
}

/** An arrow of which one end is left out is left out. */
function moved(arrow: Arrow, places: ReadonlyMap<Row, Row>): Arrow[] {
  const leaves = places.get(arrow.leaves);
  if (leaves === undefined) return [];
  if (arrow.arrives === undefined) return [{ ...arrow, leaves }];
  const arrives = places.get(arrow.arrives);
  return arrives === undefined ? [] : [{ ...arrow, leaves, arrives }];
}
