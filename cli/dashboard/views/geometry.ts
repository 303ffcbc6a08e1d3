/** Where everything in the picture of a transaction is, in pixels. */

import type { Arrow, Diagram, Row } from "../../diagram/diagram.js";

type Point = { x: number; y: number };
/** A part of a lane, in pixels; `down` while its node is. */
type Stretch = { begins: number; ends: number; down: boolean };

const HEADER = 44;
const FOOT = 24;
const NARROW = 640;
/** Long pictures have lower rows. */
const ROW = { few: 30, many: 22, limit: 60 };
/** Half of such a lane has room for the name of a record. */
const ROOMY = 150;
/** About what a letter of a note takes. */
const LETTER = 6.4;
const HEAD = 7;
/** Arrows end beside a lane, so that their heads can be seen beside what stands on it. */
const SHORT = 6;

export class Ground {
  readonly width: number;
  readonly height: number;
  /** Where the times stand. */
  readonly gutter: number;
  readonly #diagram: Diagram;
  readonly #row: number;
  readonly #lane: number;

  constructor(diagram: Diagram, width: number) {
    this.#diagram = diagram;
    this.gutter = width < NARROW ? 52 : 76;
    this.#lane = Math.max(64, (width - this.gutter) / Math.max(1, diagram.lanes.length));
    this.width = this.gutter + this.#lane * diagram.lanes.length;
    this.#row = diagram.rows > ROW.limit ? ROW.many : ROW.few;
    this.height = HEADER + this.#row * diagram.rows + FOOT;
  }

  x(lane: string): number {
    const index = this.#diagram.lanes.findIndex(({ id }) => id === lane);
    return Math.round(this.gutter + this.#lane * (Math.max(0, index) + 0.5));
  }

  y(row: Row): number {
    return HEADER + row * this.#row;
  }

  /** Whether there is no room to the right of a lane. */
  isLast(lane: string): boolean {
    return this.#lane < ROOMY && this.#diagram.lanes.at(-1)?.id === lane;
  }

  /** Beside a lane, where there is room. */
  beside(lane: string, x: number, by: number): number {
    return this.isLast(lane) ? x - by - 4 : x + by;
  }

  /** The lane from top to bottom, cut where its node goes down and comes back. */
  stretches(lane: string): Stretch[] {
    const own = this.#diagram.breaks.filter((fate) => fate.lane === lane);
    const bottom = this.height - FOOT / 2;
    let down = own[0]?.up === true;
    let begins = 28;
    const stretches: Stretch[] = [];
    for (const { row, up } of own) {
      stretches.push({ begins, ends: this.y(row), down });
      begins = this.y(row);
      down = !up;
    }
    return [...stretches, { begins, ends: bottom, down }];
  }

  /** A bar beside a lane; what lasts to the end of the picture goes on below it. */
  bar({ lane, begins, ends }: { lane: string; begins: Row; ends: Row }, offset: number, width: number) {
    const lasts = ends >= this.#diagram.rows - 1 && ends !== begins ? FOOT / 2 : 0;
    const height = Math.max(6, this.y(ends) - this.y(begins) + lasts);
    return { x: this.x(lane) + offset, y: this.y(begins), width, height };
  }

  flight({ source, target, leaves, arrives }: Arrow): { from: Point; to: Point; lost: boolean; label: Point } {
    const from = { x: this.x(source), y: this.y(leaves) };
    const end = { x: this.x(target), y: this.y(arrives ?? leaves + 1) };
    const lost = arrives === undefined;
    const to = lost
      ? between(from, end, this.#halfWay(from, end))
      : between(from, end, 1 - SHORT / distance(from, end));
    // Nearer to where it goes: those that leave together part on the way.
    const { x, y } = between(from, to, lost ? 0.5 : 0.62);
    return { from, to, lost, label: { x, y: y - 4 } };
  }

  /** Half way, but never on the lane of a third one. */
  #halfWay(from: Point, end: Point): number {
    const lanes = Math.round(Math.abs(end.x - from.x) / this.#lane);
    return lanes > 0 && lanes % 2 === 0 ? 0.5 - 0.25 / lanes : 0.5;
  }

  /** A triangle at the end of a line. */
  head(from: Point, to: Point): string {
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    const corner = (turn: number) =>
      `${(to.x - HEAD * Math.cos(angle + turn)).toFixed(1)},${(to.y - HEAD * Math.sin(angle + turn)).toFixed(1)}`;
    return `M${to.x},${to.y}L${corner(0.4)}L${corner(-0.4)}Z`;
  }

  /** As much of a note as there is room for between two lanes. */
  fits(note: string): string {
    const letters = Math.max(4, Math.floor((this.#lane - 24) / LETTER));
    return note.length <= letters ? note : (note.split(" ")[0] ?? note);
  }
}

function between(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function distance(from: Point, to: Point): number {
  return Math.max(SHORT, Math.hypot(to.x - from.x, to.y - from.y));
}
