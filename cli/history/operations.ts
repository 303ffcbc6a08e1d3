/** Events paired to operations, and what each operation says about the keys it touched. */

import { type Effect, effectOf, found } from "./effects.js";
import type { HistoryEvent, Micro } from "./history.js";
import { mistake } from "./lines.js";
import { token } from "./token.js";

/** A request with its answer. Positions in real time are line numbers, counted from 1. */
export type Operation = Effect & {
  process: number;
  f: HistoryEvent["f"];
  /** What was asked, with what was read once that is known. */
  steps: readonly Micro[];
  invoked: number;
  /** Infinity if no answer came, or nobody knows what became of it: it may take effect at any later time. */
  ended: number;
  outcome: "ok" | "fail" | "info";
  invokedAt: number;
  endedAt: number | undefined;
};

type Draft = Omit<Operation, keyof Effect>;

/** All operations in the order of their invocation. Throws a `Problem` on a history that contradicts itself. */
export function operationsOf(events: readonly HistoryEvent[]): Operation[] {
  const drafts = paired(events);
  const lists = listKeys(drafts);
  const scanned = scannedKeys(drafts);
  return drafts.map((draft) => ({ ...draft, ...effectOf(draft.steps, draft.outcome === "ok", lists, scanned) }));
}

function paired(events: readonly HistoryEvent[]): Draft[] {
  const drafts: Draft[] = [];
  const open = new Map<number, { draft: Draft; event: HistoryEvent }>();
  let latest = Number.NEGATIVE_INFINITY;
  for (const [index, event] of events.entries()) {
    const line = index + 1;
    if (event.time < latest) throw mistake(line, `time goes back, from ${latest} to ${event.time}`);
    latest = event.time;
    const waiting = open.get(event.process);
    if (event.type === "invoke") {
      if (waiting)
        throw mistake(line, `process ${event.process} still waits for the answer to line ${waiting.draft.invoked}`);
      const draft = begun(event, line);
      drafts.push(draft);
      open.set(event.process, { draft, event });
    } else {
      if (!waiting) throw mistake(line, `process ${event.process} has asked for nothing that this could answer`);
      end(waiting.draft, waiting.event, event, line);
      open.delete(event.process);
    }
  }
  return drafts;
}

function begun(event: HistoryEvent, line: number): Draft {
  const { process, f, time } = event;
  const steps = stepsOf(event, line);
  return { process, f, steps, invoked: line, ended: Infinity, outcome: "info", invokedAt: time, endedAt: undefined };
}

function end(draft: Draft, invocation: HistoryEvent, event: HistoryEvent, line: number): void {
  if (event.f !== draft.f || event.key !== invocation.key) {
    throw mistake(line, `it answers another request than that of line ${draft.invoked}`);
  }
  if (event.type === "invoke" || event.type === "info") return;
  draft.outcome = event.type;
  draft.ended = line;
  draft.endedAt = event.time;
  if (event.type === "ok") draft.steps = answered(draft, event, line);
}

/** The steps with what was read. An answer may leave out what was written, but not change it. */
function answered({ steps, f, invoked }: Draft, event: HistoryEvent, line: number): readonly Micro[] {
  if (f !== "get" && event.value === undefined && !steps.some(isRead)) return steps;
  const read = f === "delete" ? steps : stepsOf(event, line);
  const same = read.length === steps.length && read.every((step, index) => answers(step, steps[index]));
  if (!same) throw mistake(line, `its value does not answer that of line ${invoked}`);
  for (const step of read) if (step[0] === "scan") checkScan(step, line);
  return read;
}

function isRead([kind]: Micro): boolean {
  return kind === "r" || kind === "scan";
}

function checkScan([, prefix, value]: Micro, line: number): void {
  const found = Array.isArray(value) ? value : [undefined];
  const keys = new Set<unknown>();
  for (const pair of found) {
    const [key] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    if (typeof key !== "string" || !key.startsWith(prefix) || keys.has(key)) {
      throw mistake(line, `a scan of ${JSON.stringify(prefix)} reads a list of [KEY, VALUE], each key once`);
    }
    keys.add(key);
  }
}

function answers(step: Micro, asked: Micro | undefined): boolean {
  const [kind, key, value] = step;
  if (kind !== asked?.[0] || key !== asked[1]) return false;
  return isRead(step) || token(value) === token(asked[2]);
}

function stepsOf({ f, key = "", value }: HistoryEvent, line: number): readonly Micro[] {
  if (f === "get") return [["r", key, value]];
  if (f === "delete") return [["w", key, null]];
  if (value === undefined) throw mistake(line, `a ${f} needs a "value"`);
  return f === "put" ? [["w", key, value]] : (value as Micro[]);
}

/** Keys that are appended to. A key is either a list or written as a whole. */
function listKeys(drafts: readonly Draft[]): ReadonlySet<string> {
  const kinds = new Map<string, { kind: string; line: number }>();
  for (const { steps, invoked } of drafts) {
    for (const [kind, key] of steps) {
      const earlier = kinds.get(key);
      if (isRead([kind, key, undefined]) || earlier?.kind === kind) continue;
      if (earlier) {
        const says = `key ${JSON.stringify(key)} is both written and appended to (line ${earlier.line}); a key takes one of them`;
        throw mistake(invoked, says);
      }
      kinds.set(key, { kind, line: invoked });
    }
  }
  return new Set([...kinds].flatMap(([key, { kind }]) => (kind === "append" ? [key] : [])));
}

/** By the prefix of a scan, all keys of the history that it could have found. Those that nobody names were never there. */
function scannedKeys(drafts: readonly Draft[]): ReadonlyMap<string, readonly string[]> {
  const keys = new Set<string>();
  const prefixes = new Set<string>();
  for (const [kind, key, value] of drafts.flatMap(({ steps }) => steps)) {
    if (kind === "scan") prefixes.add(key);
    for (const named of kind === "scan" ? found(value).keys() : [key]) keys.add(named);
  }
  return new Map([...prefixes].map((prefix) => [prefix, [...keys].filter((key) => key.startsWith(prefix))]));
}
