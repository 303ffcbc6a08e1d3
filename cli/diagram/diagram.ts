/** A transaction as a picture: lanes, turns in causal order, messages, records, phases, locks. Pure: text, SVG and page draw it. */

import type { Message } from "../../actors/message.js";
import type { LogRecord } from "../../actors/record.js";
import { messageText, recordText } from "../../runtime/journal-text.js";
import type { Life, Trace } from "../../runtime/tracing-api.js";
import { accountOf, type Costs } from "./account.js";
import { CLIENT, type Order, orderOf } from "./causality.js";
import { locksOf, phasesOf } from "./phases.js";
import { type End, endOf } from "./story.js";

/** Rows count from 0 in an order in which nothing comes before what it follows from. */
export type Row = number;

/** A vertical line of the picture: a node, or all clients. */
export type Lane = { id: string; isClient: boolean };

/** One turn of a node, or what a client did. */
export type Turn = { row: Row; lane: string; epoch: number; at: number };

/** A message. Without `arrives` nobody has taken it: it is on its way, or lost. */
export type Arrow = { body: Message; source: string; target: string; leaves: Row; arrives?: Row; note: string };

/** A record that a turn wrote; `order` counts those of one turn. */
export type Mark = { row: Row; lane: string; order: number; record: LogRecord; forced: boolean; note: string };

export type PhaseName = "working" | "prepared" | "precommitted" | "committed" | "aborted" | "ended";

/** What a node knew of the transaction, from a row up to another one, or to the end of the picture. */
export type PhaseSpan = { lane: string; phase: PhaseName; begins: Row; ends: Row };

/** Keys that a node kept for the transaction. */
export type LockBar = { lane: string; keys: readonly string[]; begins: Row; ends: Row };

/** A node went down, or served again. */
export type Break = { lane: string; row: Row; at: number; up: boolean; note: string };

export type Diagram = {
  txn: string;
  source: Trace["source"];
  lanes: Lane[];
  rows: number;
  /** Of each row, in milliseconds since the first one. */
  times: number[];
  startedAt: number;
  turns: Turn[];
  arrows: Arrow[];
  marks: Mark[];
  phases: PhaseSpan[];
  locks: LockBar[];
  breaks: Break[];
  costs: Costs;
  end: End;
};

export function diagramOf(trace: Trace): Diagram {
  const order = orderOf(trace);
  const { points } = order;
  const startedAt = points[0]?.at ?? 0;
  return {
    txn: trace.txn,
    source: trace.source,
    lanes: lanesOf(order),
    rows: points.length,
    times: points.map(({ at }) => Math.max(0, at - startedAt)),
    startedAt,
    turns: points.flatMap(({ row, lane, at, step }) => (step ? [{ row, lane, at, epoch: step.epoch }] : [])),
    arrows: arrowsOf(order),
    marks: marksOf(order),
    phases: phasesOf(order),
    locks: locksOf(order),
    breaks: breaksOf(order),
    costs: accountOf(order),
    end: endOf(order),
  };
}

/** Whoever did anything, clients first. */
function lanesOf({ points, trace }: Order): Lane[] {
  const present = new Set(points.map(({ lane }) => lane));
  return [CLIENT, ...trace.nodes].filter((id) => present.has(id)).map((id) => ({ id, isClient: id === CLIENT }));
}

/** Nobody needs to be told in each line which transaction it is about. */
function without(txn: string, text: string): string {
  return text.replace(` ${txn}`, "");
}

function arrowsOf({ passages, trace }: Order): Arrow[] {
  return passages.map(({ body, source, target, leaves, arrives }) => ({
    body,
    source,
    target,
    leaves: leaves.row,
    ...(arrives && { arrives: arrives.row }),
    note: without(trace.txn, messageText(body)),
  }));
}

function marksOf({ points, trace }: Order): Mark[] {
  return points.flatMap(({ row, lane, step }) =>
    (step?.records ?? []).map(({ record, forced }, order) => {
      return { row, lane, order, record, forced, note: without(trace.txn, recordText(record)) };
    }),
  );
}

function lifeText({ state, reason }: Life): string {
  if (state === "up") return "up again, its log replayed";
  if (state === "starting") return "it starts and replays its log";
  return `${state === "held" ? "down" : state}${reason ? `: ${reason}` : ""}`;
}

function breaksOf({ points }: Order): Break[] {
  return points.flatMap(({ row, lane, at, life }) => {
    if (!life) return [];
    return [{ row, lane, at, up: life.state === "up", note: lifeText(life) }];
  });
}
