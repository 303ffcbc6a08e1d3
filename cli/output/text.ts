/** Replies as text: for a terminal values are JSON, for a pipe they are raw. */

import type { Key, LockStatus, OutcomeAnswer, Result, Value } from "../../runtime/api.js";
import type { Constraint } from "../../runtime/constraint-api.js";
import { ruleTexts } from "../../runtime/constraint-rules.js";
import { explain } from "../../runtime/errors.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import { Problem, pointAt } from "../language/problem.js";
import type { Failure, Reply } from "../session/reply.js";
import { jsonLine } from "./json.js";
import { statusText } from "./status.js";
import { table } from "./table.js";
import { harmless, paint, type View } from "./view.js";

/** `result` is what was asked for; `remark` is for people and goes elsewhere when output is piped. */
export type Shown = { result?: string | Uint8Array; remark?: string };

/** What to show of a reply. */
export function textOf(view: View, reply: Reply): Shown {
  switch (reply.kind) {
    case "result":
      return ending(view, reply.result);
    case "outcome":
      return ending(view, reply.answer);
    case "read":
      return readText(view, reply.read);
    case "status":
      return { result: statusText(view, reply.status) };
    case "locks":
      return locksText(view, reply.locks);
    case "constraints":
      return constraintsText(view, reply.constraints);
    case "log":
      return listed(
        reply.records.map((record) => recordText(view, record)),
        "the log is empty",
      );
    case "keys":
      return keysText(view, reply.keys, reply.more);
    case "done":
      return { result: harmless(reply.text) };
    case "note":
      return { remark: paint(view, "dim", reply.text) };
    case "help":
      return { result: reply.text };
    case "failed":
      return { remark: failureText(view, reply.error) };
  }
}

const STYLES = {
  committed: "green",
  aborted: "red",
  unknown: "yellow",
  undecided: "yellow",
  expired: "yellow",
  "not-found": "yellow",
} as const;

/** How a transaction ended: one line of fixed fields, and for people why, and what to type next. */
function ending(view: View, answer: Result | OutcomeAnswer): Shown {
  const { outcome, txn } = answer;
  const why = "why" in answer ? answer.why : undefined;
  const gap = view.terminal ? "  " : " ";
  const fields = [paint(view, STYLES[outcome], outcome), harmless(txn), ...(why ? [why.code] : [])];
  const open = outcome === "unknown" || outcome === "undecided";
  const remark = [
    why && explain(why),
    open && `ask again: ${view.prefix}outcome ${txn}`,
    why?.winner !== undefined && `the winner: ${view.prefix}outcome ${why.winner}`,
  ].flatMap((line) => (line ? [`  ${line}`] : []));
  return { result: fields.join(gap), ...(remark.length > 0 && { remark: harmless(remark.join("\n")) }) };
}

function readText(view: View, read: ReadResult & { pending?: true }): Shown {
  if (read.value === undefined) {
    return { remark: view.terminal ? paint(view, "dim", "(not found)") : `not found: ${JSON.stringify(read.key)}` };
  }
  if (!view.terminal) return { result: raw(read.value) };
  const pending = read.pending ? paint(view, "dim", "  (not committed yet)") : "";
  return { result: readable(read.value) + pending };
}

/** As a program wants it: text without quotes, bytes as they are. */
function raw(value: Value): string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value);
}

/** As a person can type it again, except for bytes. */
function readable(value: Value): string {
  if (!(value instanceof Uint8Array)) return harmless(JSON.stringify(value));
  const start = Buffer.from(value.subarray(0, 16)).toString("hex");
  return `<${value.length} bytes: ${start}${value.length > 16 ? "…" : ""}>`;
}

function locksText(view: View, locks: readonly LockStatus[]): Shown {
  if (locks.length === 0) return view.terminal ? { remark: "no key is locked" } : {};
  const list = (keys: readonly Key[]) => keys.map((key) => JSON.stringify(key)).join(" ");
  const rows = locks.map(({ node, txn, writes, reads }) => [node, txn, list(writes), list(reads)]);
  return { result: table(view, ["node", "held by", "writes", "reads"], rows) };
}

/** One a line, as it can be typed again; a schema is long. */
function constraintsText(view: View, constraints: readonly Constraint[]): Shown {
  if (constraints.length === 0) return view.terminal ? { remark: "no constraints" } : {};
  const rows = constraints.map((constraint) => [JSON.stringify(constraint.prefix), ruleTexts(constraint).join(" ")]);
  return { result: harmless(table(view, ["prefix", "constraints"], rows)) };
}

/** Kind and transaction first, the rest as JSON; raw for a program. */
function recordText(view: View, record: object): string {
  if (!view.terminal) return jsonLine(record);
  const { kind, txn, ...rest } = record as { kind?: unknown; txn?: unknown };
  const head = [kind, txn].filter((part) => typeof part === "string").map((part) => String(part).padEnd(10));
  return harmless([...head, jsonLine(rest)].join("  "));
}

function keysText(view: View, keys: readonly Key[], more: boolean): Shown {
  const lines = keys.map((key) => {
    if (typeof key !== "string") return jsonLine(key);
    return view.terminal && !/^[\w./:@-]+$/.test(key) ? JSON.stringify(key) : key;
  });
  return { ...listed(lines, "no keys"), ...(more && { remark: "(more: use --limit, or a longer prefix)" }) };
}

function listed(lines: readonly string[], none: string): Shown {
  return lines.length > 0 ? { result: lines.join("\n") } : { remark: none };
}

/** An error in words, with a caret when it points at something typed. */
export function failureText(view: View, error: Failure, typed?: { text: string; place?: string }): string {
  const place = typed?.place === undefined ? "" : `${typed.place}: `;
  const label = paint(view, "red", "error");
  if (!(error instanceof Problem)) return `${place}${label}: ${harmless(explain(error.why))}`;
  const pointer = typed ? pointAt(typed.text, error.position).map((line) => `  ${harmless(line)}\n`) : [];
  return `${pointer.join("")}${place}${label}: ${harmless(error.message)}`;
}
