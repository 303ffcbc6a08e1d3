/** Transactions in doubt as text: what each log proves, who waits, what a person may do, and what was wrong. */

import type { Doubt, ForcedOutcome } from "../../runtime/doubt-api.js";
import { jsonLine } from "./json.js";
import { table } from "./table.js";
import { harmless, paint, type Shown, type View } from "./view.js";

export function doubtsText(view: View, doubts: readonly Doubt[]): Shown {
  if (doubts.length === 0) return view.terminal ? { remark: "nothing is in doubt" } : {};
  if (!view.terminal)
    return { result: harmless(table(view, ["transaction", "state", "seconds", "waits for", "keys"], doubts.map(row))) };
  return { result: doubts.map((doubt) => paragraph(view, doubt)).join("\n\n") };
}

function row({ txn, state, ageMs, waitingFor, keys }: Doubt): string[] {
  return [txn, state, String(Math.round(ageMs / 1000)), waitingFor.join(","), keys.map(jsonLine).join(",")];
}

function paragraph(view: View, doubt: Doubt): string {
  const { txn, state, ageMs, waitingFor, logs, forced, readers } = doubt;
  const names = Object.entries(readers).map(([node, count]) => `${count} at ${node}`);
  const lines = [
    `${paint(view, "bold", txn)}  ${paint(view, state === "mismatch" ? "red" : "yellow", state)}  for ${Math.round(ageMs / 1000)} s`,
    ...(waitingFor.length > 0 ? [`waits for ${waitingFor.join(", ")}`] : []),
    ...logs.map(({ node, proves }) => `${node}: ${proves}`),
    ...locksIn(doubt),
    ...(names.length > 0 ? [`readers that wait: ${names.join(", ")}`] : []),
    ...forced.map(forcedText),
    ...whatToDo(view, doubt),
  ];
  return harmless(lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join("\n"));
}

function locksIn({ keys, files = [] }: Doubt): string[] {
  const locked = [...keys.map(jsonLine), ...files.map((path) => `file ${jsonLine(path)}`)];
  return locked.length > 0 ? [`locked: ${locked.join(" ")}`] : [];
}

/** What a person did, and whether it was wrong. */
export function forcedText({ node, outcome, by, at, reason, real }: ForcedOutcome): string {
  const said = `${node}: ${outcome} by force of ${by} at ${new Date(at).toISOString()}: ${reason}`;
  return real === undefined ? said : `HEURISTIC MISMATCH ${said}; it really is ${real}`;
}

function whatToDo({ prefix }: View, { txn, state, objections }: Doubt): string[] {
  if (state === "mismatch") return [`see to the data of these nodes, then: ${prefix}doubt forget ${txn}`];
  if (state === "forced") return ["who knows the real outcome has not said yet"];
  const { commit, abort } = objections;
  if (commit !== undefined && commit === abort) return [`cannot be forced: ${commit}`];
  const orders = (["commit", "abort"] as const).filter((order) => objections[order] === undefined);
  const reasons = [commit && `not to commit: ${commit}`, abort && `not to abort: ${abort}`].filter(
    (text) => text !== undefined,
  );
  return [`may be forced: ${prefix}doubt resolve ${txn} ${orders.join("|")} --reason "..."`, ...reasons];
}
