/** Rows for people (aligned under a header) or for programs (tab-separated). */

import Table from "cli-table3";
import { paint, type View } from "./view.js";

const NO_LINES = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((corner) => [`${side}${corner}`, ""]),
  ),
);

/** A table as text, without a line end. */
export function table(view: View, header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (!view.terminal) return [header, ...rows].map((cells) => cells.join("\t")).join("\n");
  const drawn = new Table({
    head: header.map((cell) => paint(view, "dim", cell.toUpperCase())),
    chars: { ...NO_LINES, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) drawn.push([...row]);
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
