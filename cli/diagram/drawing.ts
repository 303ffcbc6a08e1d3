/** The picture of a transaction as lines, boxes and texts on a plane: what a page and a file draw alike. */

import type { Diagram, Lane, Row } from "./diagram.js";
import { durationText } from "./duration.js";

/** What a shape means, which is how it looks. */
export type Tone =
  | "lane"
  | "name"
  | "time"
  | "working"
  | "prepared"
  | "precommitted"
  | "committed"
  | "aborted"
  | "ended"
  | "lock"
  | "message"
  | "vote"
  | "lost"
  | "forced"
  | "noted"
  | "down"
  | "up";

/** `about` is the message or record, for whoever points at it. */
export type Shape = { tone: Tone; about?: object; hint?: string } & (
  | { kind: "line"; x1: number; y1: number; x2: number; y2: number; head?: boolean }
  | { kind: "box"; x: number; y: number; width: number; height: number }
  | { kind: "text"; x: number; y: number; text: string; anchor: "start" | "middle" | "end" }
);

/** Pixels, from the upper left corner. */
export type Drawing = { width: number; height: number; shapes: Shape[] };

const MARGIN = 16;
const TIME_WIDTH = 76;
const LANE_WIDTH = 168;
const HEADER = 36;
const ROW_HEIGHT = 34;
const BAR = 8;
const MARK = 9;
/** For what stands beside the last lane. */
const BESIDE = 64;
const LABEL_MOST = 26;

type Plane = { x(lane: string): number; y(row: Row): number };

export function drawingOf(diagram: Diagram): Drawing {
  const { lanes, rows } = diagram;
  const places = new Map(lanes.map(({ id }: Lane, index) => [id, MARGIN + TIME_WIDTH + LANE_WIDTH * (index + 0.5)]));
  const plane: Plane = { x: (lane) => places.get(lane) ?? 0, y: (row) => MARGIN + HEADER + ROW_HEIGHT * (row + 0.5) };
  const drawn = [lanesIn, locksIn, phasesIn, timesIn, arrowsIn, marksIn, breaksIn].map((draw) => draw(diagram, plane));
  return {
    width: 2 * MARGIN + TIME_WIDTH + LANE_WIDTH * lanes.length + BESIDE,
    height: 2 * MARGIN + HEADER + ROW_HEIGHT * rows,
    shapes: drawn.flat(),
  };
}

function lanesIn({ lanes, rows }: Diagram, { x, y }: Plane): Shape[] {
  return lanes.flatMap(({ id }): Shape[] => [
    { kind: "text", tone: "name", x: x(id), y: MARGIN + HEADER / 2, text: id, anchor: "middle" },
    { kind: "line", tone: "lane", x1: x(id), y1: MARGIN + HEADER - 6, x2: x(id), y2: y(rows - 1) + ROW_HEIGHT / 2 },
  ]);
}

function locksIn({ locks }: Diagram, { x, y }: Plane): Shape[] {
  return locks.map(({ lane, keys, begins, ends }) => ({
    kind: "box",
    tone: "lock",
    x: x(lane) - BAR * 1.5 - 2,
    y: y(begins),
    width: BAR / 2,
    height: Math.max(2, y(ends) - y(begins)),
    hint: `locked: ${keys.join(", ")}`,
  }));
}

function phasesIn({ phases }: Diagram, { x, y }: Plane): Shape[] {
  return phases.map(({ lane, phase, begins, ends }) => ({
    kind: "box",
    tone: phase,
    x: x(lane) - BAR / 2,
    y: y(begins),
    width: BAR,
    height: Math.max(4, y(ends) - y(begins)),
    hint: phase,
  }));
}

function timesIn({ times }: Diagram, { y }: Plane): Shape[] {
  return times.map((ms, row) => {
    const x = MARGIN + TIME_WIDTH - 10;
    return { kind: "text", tone: "time", x, y: y(row) + 4, text: durationText(ms), anchor: "end" };
  });
}

/** One that nobody took ends half way, a row further down. */
function arrowsIn({ arrows }: Diagram, { x, y }: Plane): Shape[] {
  return arrows.flatMap(({ source, target, leaves, arrives, body, note }): Shape[] => {
    const isLost = arrives === undefined;
    const [x1, y1] = [x(source), y(leaves)];
    const x2 = isLost ? (x1 + x(target)) / 2 : x(target) - Math.sign(x(target) - x1) * (BAR / 2 + 2);
    const y2 = isLost ? y1 + ROW_HEIGHT / 2 : y(arrives);
    const tone = isLost ? "lost" : body.kind === "vote" ? "vote" : "message";
    // Near its end, where arrows that left together have parted.
    const [labelX, labelY] = [x1 + (x2 - x1) * 0.7, y1 + (y2 - y1) * 0.7 - 5];
    const text = note.length > LABEL_MOST ? `${note.slice(0, LABEL_MOST - 1)}…` : note;
    return [
      { kind: "line", tone, x1, y1, x2, y2, head: true, about: body, hint: note },
      { kind: "text", tone, x: labelX, y: labelY, text: isLost ? `${text} ✗` : text, anchor: "middle", about: body },
    ];
  });
}

function marksIn({ marks }: Diagram, { x, y }: Plane): Shape[] {
  return marks.flatMap(({ row, lane, order, record, forced, note }): Shape[] => {
    const [left, middle] = [x(lane) + BAR + 6, y(row) + order * (MARK + 4)];
    const tone = forced ? "forced" : "noted";
    const hint = `${note}, ${forced ? "forced to disk" : "noted"}`;
    return [
      { kind: "box", tone, x: left, y: middle - MARK / 2, width: MARK, height: MARK, about: record, hint },
      { kind: "text", tone, x: left + MARK + 4, y: middle + 4, text: note, anchor: "start", about: record },
    ];
  });
}

function breaksIn({ breaks }: Diagram, { x, y }: Plane): Shape[] {
  return breaks.flatMap(({ row, lane, up, note }): Shape[] => {
    const tone = up ? "up" : "down";
    const [at, level] = [x(lane), y(row)];
    const size = MARK * 0.8;
    return [
      { kind: "line", tone, x1: at - size, y1: level - size, x2: at + size, y2: level + size, hint: note },
      { kind: "line", tone, x1: at - size, y1: level + size, x2: at + size, y2: level - size, hint: note },
      {
        kind: "text",
        tone,
        x: at + MARK + 6,
        y: level + 4,
        text: up ? "up again" : (note.split(":")[0] ?? ""),
        anchor: "start",
        hint: note,
      },
    ];
  });
}
