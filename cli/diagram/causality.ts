/** Puts what happened in an order in which nothing comes before what it follows from, whatever the clocks of the nodes say. */

import type { Message } from "../../actors/message.js";
import type { Life, Step, Trace } from "../../runtime/tracing-api.js";

/** A place in the picture: a turn of a node, something that befell it, or a client that says or hears something. */
export type Point = { lane: string; at: number; row: number; step?: Step; life?: Life };

/** A message between two points; without the second one nobody took it. */
export type Passage = { body: Message; source: string; target: string; leaves: Point; arrives?: Point };

/** All points in their order, `row` counts them, and what passed between them. */
export type Order = { trace: Trace; points: Point[]; passages: Passage[] };

/** The lane of everybody who is no node. */
export const CLIENT = "client";

/** Further than any real turn lies from the next: what clients do is put right beside what it causes or follows from. */
const BESIDE_MS = 0.001;

export function orderOf(trace: Trace): Order {
  const points = pointsOf(trace);
  const passages = passagesOf(points, trace);
  const ends = passages.flatMap(({ leaves, arrives }) => (arrives ? [leaves, arrives] : [leaves]));
  const all = [...new Set([...points, ...ends])];
  return { trace, points: sorted(all, passages), passages };
}

/** Turns, and what befell the nodes that took any, or those that were waited for. */
function pointsOf({ steps, lives }: Trace): Point[] {
  const turns = steps.map((step): Point => ({ lane: step.node, at: step.at, row: 0, step }));
  const fates = lives.map((life): Point => ({ lane: life.node, at: life.at, row: 0, life }));
  const points = [...turns, ...fates].sort(earlier);
  // A record without a time was written after the one before it.
  const latest = new Map<string, number>();
  for (const point of points) {
    point.at = point.at || (latest.get(point.lane) ?? Math.max(0, ...points.map(({ at }) => at)));
    latest.set(point.lane, point.at);
  }
  return points;
}

function earlier(left: Point, right: Point): number {
  if (left.step && right.step && left.lane === right.lane) {
    return left.step.epoch - right.step.epoch || left.step.turn - right.step.turn;
  }
  return left.at - right.at;
}

/** Messages of one link arrive in the order in which they left, if they arrive. */
function passagesOf(points: readonly Point[], trace: Trace): Passage[] {
  const passages = points.flatMap((point) => departures(point, trace.nodes));
  for (const arrives of points) {
    for (const event of arrives.step?.inputs ?? []) {
      if (event.kind === "message") arrive(event.source, event.body, arrives, passages, trace);
    }
  }
  return passages;
}

/** Clients take what they are told at once. */
function departures(leaves: Point, nodes: readonly string[]): Passage[] {
  const source = leaves.lane;
  return (leaves.step?.messages ?? []).map(({ target, body }) =>
    nodes.includes(target)
      ? { body, source, target, leaves }
      : { body, source, target: CLIENT, leaves, arrives: beside(leaves, BESIDE_MS) },
  );
}

/** What a node takes was sent, also when nobody told of that: the sender may have died, or its word be on its way. */
function arrive(source: string, body: Message, arrives: Point, passages: Passage[], { nodes, lives }: Trace): void {
  const target = arrives.lane;
  const lane = nodes.includes(source) ? source : CLIENT;
  // What was sent to a node before it died does not come when it is back: that is what was sent again.
  const deaths = lives.filter(({ node, state, at }) => node === target && state !== "up" && at < arrives.at);
  const lastDeath = Math.max(...deaths.map(({ at }) => at));
  const sent = passages.find((passage) => passage.leaves.at > lastDeath && isThis(passage, source, target, body));
  if (sent) sent.arrives = arrives;
  else passages.push({ body, source: lane, target, leaves: beside(arrives, -BESIDE_MS, lane), arrives });
}

function isThis(passage: Passage, source: string, target: string, body: Message): boolean {
  return (
    passage.arrives === undefined &&
    passage.source === source &&
    passage.target === target &&
    passage.body.kind === body.kind &&
    JSON.stringify(passage.body) === JSON.stringify(body)
  );
}

function beside({ at }: Point, byMs: number, lane = CLIENT): Point {
  return { lane, at: at + byMs, row: 0 };
}

/** The earliest first of those whose causes have all been placed. */
function sorted(points: readonly Point[], passages: readonly Passage[]): Point[] {
  const waiting = new Set([...points].sort(earlier));
  const placed: Point[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].find((point) => isReady(point, waiting, passages));
    // Clocks and matches may contradict each other; then the clocks decide.
    const [next = ready] = ready ? [ready] : waiting;
    if (!next) break;
    next.row = placed.length;
    placed.push(next);
    waiting.delete(next);
  }
  return placed;
}

function isReady(point: Point, waiting: ReadonlySet<Point>, passages: readonly Passage[]): boolean {
  for (const other of waiting) {
    if (other === point) break;
    if (other.lane === point.lane && point.lane !== CLIENT) return false;
  }
  return passages.every(({ leaves, arrives }) => arrives !== point || leaves === point || !waiting.has(leaves));
}
