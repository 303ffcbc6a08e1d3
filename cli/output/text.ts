/** Replies as text: for a terminal values are JSON, for a pipe they are raw. */

import type { Key, LockStatus, OutcomeAnswer } from "../../runtime/api.js";
import type { Constraint } from "../../runtime/constraint-api.js";
import { ruleTexts } from "../../runtime/constraint-rules.js";
import { explain } from "../../runtime/errors.js";
import { Problem, pointAt } from "../language/problem.js";
import type { Failure, Reply } from "../session/reply.js";
import type { Account, Ending } from "../session/transaction.js";
import { accountLines } from "./account.js";
import { ballotsText } from "./ballots.js";
import { changeText } from "./change.js";
import { doubtsText } from "./doubts.js";
import { filesText, fileText, statText } from "./files.js";
import { heldText, releasedText } from "./held.js";
import { jsonLine } from "./json.js";
import { keysText, readsText, readText, scanText } from "./reads.js";
import { statusText } from "./status.js";
import { table } from "./table.js";
import { tracesText, traceText } from "./trace.js";
import { harmless, paint, type Shown, type View } from "./view.js";

/** What to show of a reply. */
export function textOf(view: View, reply: Reply): Shown {
  switch (reply.kind) {
    case "result":
      return ending(view, reply.result, reply.account);
    case "file":
      return fileText(view, reply);
    case "files":
      return filesText(view, reply);
    case "stat":
      return { result: statText(view, reply.stat) };
    case "outcome":
      return ending(view, reply.answer);
    case "read":
      return readText(view, reply.read);
    case "reads":
      return readsText(view, reply.reads);
    case "scan":
      return scanText(view, reply.page);
    case "trace":
      return traceText(view, reply.trace);
    case "traces":
      return tracesText(view, reply.traces);
    case "status":
      return { result: statusText(view, reply.status) };
    case "locks":
      return locksText(view, reply.locks);
    case "constraints":
      return constraintsText(view, reply.constraints);
    case "ballots":
      return ballotsText(view, reply.ballots);
    case "doubts":
      return doubtsText(view, reply.doubts);
    case "held":
      return withAnswers(view, heldText(view, reply.list), reply.answers);
    case "released":
      return withAnswers(view, releasedText(view, reply.released), reply.answers);
    case "log":
      return listed(
        reply.records.map((record) => recordText(view, record)),
        "the log is empty",
      );
    case "keys":
      return keysText(view, reply.keys, reply.more);
    case "change":
      return { result: changeText(reply.event) };
    default:
      return saidText(view, reply);
  }
}

/** What has its words already. */
function saidText(view: View, reply: Extract<Reply, { kind: "done" | "note" | "help" | "failed" }>): Shown {
  switch (reply.kind) {
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
function ending(view: View, answer: Ending | OutcomeAnswer, account?: Account): Shown {
  const { outcome, txn = "-" } = answer;
  const why = "why" in answer ? answer.why : undefined;
  const gap = view.terminal ? "  " : " ";
  const fields = [paint(view, STYLES[outcome], outcome), harmless(txn), ...(why ? [why.code] : [])];
  const open = outcome === "unknown" || outcome === "undecided";
  const remark = [
    why && explain(why),
    open && `ask again: ${view.prefix}outcome ${txn}`,
    why?.winner !== undefined && `the winner: ${view.prefix}outcome ${why.winner}`,
    ...(account && view.terminal ? accountLines(account, answer as Ending) : []),
  ].flatMap((line) => (line ? [`  ${line}`] : []));
  return { result: fields.join(gap), ...(remark.length > 0 && { remark: harmless(remark.join("\n")) }) };
}

function locksText(view: View, locks: readonly LockStatus[]): Shown {
  if (locks.length === 0) return view.terminal ? { remark: "no key is locked" } : {};
  const list = (keys: readonly Key[]) => keys.map((key) => JSON.stringify(key)).join(" ");
  const hasFiles = locks.some(({ files }) => files !== undefined);
  const rows = locks.map(({ node, txn, writes, reads, files = [] }) => {
    return [node, txn, list(writes), list(reads), ...(hasFiles ? [list(files)] : [])];
  });
  const header = ["node", "held by", "writes", "reads", ...(hasFiles ? ["files"] : [])];
  return { result: harmless(table(view, header, rows)) };
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

/** Answers that had to wait stand below what ended them. */
function withAnswers(view: View, { result, remark }: Shown, answers: readonly Reply[]): Shown {
  const shown = answers.map((answer) => textOf(view, answer));
  const results = [result, ...shown.map((answer) => answer.result)].filter((text) => typeof text === "string");
  const remarks = [remark, ...shown.map((answer) => answer.remark)].filter((text) => text !== undefined);
  return {
    ...(results.length > 0 && { result: results.join("\n") }),
    ...(remarks.length > 0 && { remark: remarks.join("\n") }),
  };
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
