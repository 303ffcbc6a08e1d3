/** What a check comes to: whether a history is strictly serializable, and if not, the smallest part that shows it. */

import type { HistoryEvent } from "./history.js";
import type { Operation } from "./operations.js";

/** An operation as a verdict shows it. `line` is that of its invocation, counted from 1. */
export type ShownOperation = {
  line: number;
  process: number;
  f: HistoryEvent["f"];
  key?: string;
  value?: unknown;
  invokedAt: number;
  /** Not there if no answer came, or nobody knows what became of it. */
  endedAt?: number;
  ended: Operation["outcome"];
};

export type EdgeKind = "ww" | "wr" | "rw" | "realtime";

/** In every serial order the operation on line `source` comes before the one on line `target`. */
export type ShownEdge = { source: number; target: number; kind: EdgeKind; why: string };

/** Something that no strictly serializable store does. */
export type Anomaly = {
  name: string;
  explanation: string;
  /** The smallest part of the history that shows it, in the order of invocation. */
  operations: ShownOperation[];
  /** Empty when the operations speak for themselves. */
  cycle: ShownEdge[];
};

export type Verdict = {
  valid: boolean;
  /** Each name once, with the smallest part that was found for it. */
  anomalies: Anomaly[];
  operations: number;
  keys: number;
  processes: number;
  seconds: number;
  /** Whether `valid` is certain. An anomaly always is. */
  exact: boolean;
};

/** What each name means, in one sentence. */
const MEANINGS = {
  "phantom value": "a read returned a value that nobody wrote",
  G1a: "aborted read: a read returned a value whose write failed",
  G1b: "intermediate read: a read returned a value that its writer replaced within the same transaction",
  internal: "a transaction's read contradicts what the same transaction read or wrote",
  "duplicate element": "a list holds an element more often than it was appended",
  "incompatible order":
    "a list was read in an order that contradicts another read of it, or the transaction that appended to it",
  "future read": "a read ended before the write whose value it returned began",
  "stale read": "a read returned a value that had already been replaced when the read began",
  "not linearizable": "no order of these operations that respects real time explains what was read",
  "not strictly serializable": "no serial order of these transactions that respects real time explains what was read",
  phantom: "a transaction scanned a range and missed a key that came into it",
  "long fork": "transactions saw the writes of others in opposite orders",
  "lost update": "two transactions changed the same version of a key, so one change was lost",
  G0: "dirty write: transactions overwrote each other's writes in opposite orders",
  G1c: "circular information flow: transactions saw each other's writes",
  "G-single": "read skew: a transaction saw one write of another transaction and missed a write that came before it",
  G2: "write skew: each of these transactions missed a write of another one",
  "G0-realtime": "a write took effect before one that had ended before it began",
  "G1c-realtime": "a transaction saw a write of one that began only later",
  "G-single-realtime": "a transaction missed a write that had ended, or that was visible to others, before it began",
  "G2-realtime": "each of these transactions missed a write of another one, given the order of real time",
} as const;

export type AnomalyName = keyof typeof MEANINGS;

/** An anomaly of these operations. */
export function anomaly(name: AnomalyName, operations: Iterable<Operation>, cycle: ShownEdge[] = []): Anomaly {
  const inOrder = [...new Set(operations)].sort((a, b) => a.invoked - b.invoked);
  return { name, explanation: MEANINGS[name], operations: inOrder.map(shown), cycle };
}

function shown({ invoked, process, f, steps, invokedAt, endedAt, outcome }: Operation): ShownOperation {
  const [step] = steps;
  const facts =
    f === "txn" ? { value: steps } : { key: step?.[1] ?? "", ...(f !== "delete" && { value: step?.[2] ?? null }) };
  const end = endedAt === undefined ? {} : { endedAt };
  return { line: invoked, process, f, ...facts, invokedAt, ...end, ended: outcome };
}

/** Each name once, with the fewest operations. What needs the fewest to show it comes first, then what is worst. */
export function smallest(anomalies: readonly Anomaly[]): Anomaly[] {
  const best = new Map<string, Anomaly>();
  for (const found of anomalies) {
    const known = best.get(found.name);
    if (!known || found.operations.length < known.operations.length) best.set(found.name, found);
  }
  const worstFirst = Object.keys(MEANINGS).flatMap((name) => best.get(name) ?? []);
  return worstFirst.sort((a, b) => a.operations.length - b.operations.length);
}
