/** The picture of a transaction as text: a column for each node, a line for each message, record and crash. */

import type { Arrow, Break, Diagram, LockBar, Mark, Row } from "./diagram.js";
import { durationText } from "./duration.js";
import { headOf, spansText } from "./heading.js";

/** `┃` while a node keeps keys locked, `╎` while it is down. */
const LANE = { free: "│", locked: "┃", down: "╎" } as const;
const TIME_WIDTH = 9;
const COLUMN = { least: 14, most: 24 } as const;

type Line = { row: Row; draw(canvas: string[], centre: (lane: string) => number): void };

/** At most so many characters wide as are there, if lanes can be that narrow. */
export function textOf(diagram: Diagram, columns = 100): string {
  const { lanes } = diagram;
  const width = Math.floor((columns - TIME_WIDTH - 1) / Math.max(1, lanes.length));
  const column = Math.min(COLUMN.most, Math.max(COLUMN.least, width));
  const places = new Map(lanes.map(({ id }, index) => [id, TIME_WIDTH + index * column + 2]));
  const centre = (lane: string) => places.get(lane) ?? 0;
  const length = TIME_WIDTH + lanes.length * column;
  let told = "";
  const body = linesOf(diagram).map(({ row, draw }) => {
    const canvas = new Array<string>(length).fill(" ");
    for (const { id } of lanes) canvas[centre(id)] = laneSign(id, row, diagram);
    draw(canvas, centre);
    const time = durationText(diagram.times[row] ?? 0);
    if (time !== told) write(canvas, 0, time.padStart(TIME_WIDTH - 1), TIME_WIDTH);
    told = time;
    return canvas.join("").trimEnd();
  });
  const header = new Array<string>(length).fill(" ");
  for (const { id } of lanes) write(header, centre(id) - 1, id, column - 1);
  return [...headOf(diagram), "", header.join("").trimEnd(), ...body, "", ...spansText(diagram)].join("\n");
}

function linesOf(diagram: Diagram): Line[] {
  const { arrows, marks, breaks, rows } = diagram;
  return Array.from({ length: rows }, (_, row) => row).flatMap((row): Line[] => [
    ...breaks.filter((one) => one.row === row).map((one) => ({ row, draw: drawBreak(one) })),
    ...arrows.filter((one) => one.arrives === row).map((one) => ({ row, draw: drawArrow(one) })),
    ...marks.filter((one) => one.row === row).map((one) => ({ row, draw: drawMark(one) })),
    ...arrows
      .filter((one) => one.leaves === row && one.arrives === undefined)
      .map((one) => ({ row, draw: drawLost(one) })),
  ]);
}

function laneSign(lane: string, row: Row, { locks, breaks }: Diagram): string {
  const last = breaks.filter((one) => one.lane === lane && one.row <= row).at(-1);
  if (last && !last.up) return LANE.down;
  return locks.some((bar) => holds(bar, lane, row)) ? LANE.locked : LANE.free;
}

function holds({ lane, begins, ends }: LockBar, asked: string, row: Row): boolean {
  return lane === asked && begins <= row && row < ends;
}

function drawArrow({ source, target, note }: Arrow): Line["draw"] {
  return (canvas, centre) => {
    const [from, to] = [centre(source), centre(target)];
    const [left, right] = [Math.min(from, to) + 1, Math.max(from, to) - 1];
    for (let x = left; x <= right; x += 1) canvas[x] = "─";
    const label = fitted(note, right - left - 3);
    write(canvas, left + Math.max(1, Math.floor((right - left + 1 - label.length) / 2)), label, label.length);
    if (from < to) canvas[right] = "▶";
    else canvas[left] = "◀";
  };
}

/** Half of the way. */
function drawLost({ source, target, note }: Arrow): Line["draw"] {
  return (canvas, centre) => {
    const [from, to] = [centre(source), centre(target)];
    const toRight = from < to;
    const label = fitted(note, Math.abs(to - from) - 5);
    const text = toRight ? `╌${label}╌✗` : `✗╌${label}╌`;
    write(canvas, toRight ? from + 1 : from - text.length, text, text.length);
  };
}

function drawMark({ lane, note, forced }: Mark): Line["draw"] {
  return (canvas, centre) => writeFree(canvas, centre(lane), `${forced ? "■" : "□"} ${note}`);
}

function drawBreak({ lane, up, note }: Break): Line["draw"] {
  return (canvas, centre) => writeFree(canvas, centre(lane), `${up ? "●" : "✖"} ${note}`);
}

/** Over the lanes to the right, which go on in the next line. */
function writeFree(canvas: string[], at: number, text: string): void {
  for (const [index, sign] of [...text].entries()) canvas[at + index] = sign;
  const after = at + [...text].length;
  if (canvas[after] !== undefined) canvas[after] = " ";
}

function write(canvas: string[], at: number, text: string, most: number): void {
  for (const [index, sign] of [...text].slice(0, most).entries()) if (at + index >= 0) canvas[at + index] = sign;
}

function fitted(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;
  return most < 3 ? "" : short;
}
