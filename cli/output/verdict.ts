/** A verdict on a history for people: one line, and if something is wrong, the smallest part that shows it. */

import type { Anomaly, ShownOperation, Verdict } from "../history/verdict.js";
import { table } from "./table.js";
import { harmless, paint, type View } from "./view.js";

/** The verdict as text, without a line end. */
export function verdictText(view: View, verdict: Verdict): string {
  const { operations, keys, processes, seconds, anomalies, valid, exact } = verdict;
  const counts = [counted(operations, "operation"), `on ${counted(keys, "key")}`].join(" ");
  const size = `${counts}, ${counted(processes, "process", "es")}, ${seconds.toFixed(1)} s`;
  if (!valid) {
    const title = paint(view, "red", "not strictly serializable");
    return [`${title}: ${size}`, ...anomalies.map((anomaly) => anomalyText(view, anomaly))].join("\n\n");
  }
  if (exact) return `${paint(view, "green", "strictly serializable")}: ${size}`;
  const unsure = "The search for a serial order of some keys was given up; their dependencies have no cycle.";
  return `${paint(view, "yellow", "no anomaly found")}: ${size}\n${unsure}`;
}

function anomalyText(view: View, { name, explanation, operations, cycle }: Anomaly): string {
  const rows = operations.map((operation) => [
    String(operation.line),
    String(operation.process),
    span(operation),
    harmless(request(operation)),
  ]);
  const edges = cycle.map(({ kind, why }) => `  ${kind}: ${harmless(why)}`);
  const parts = table(view, ["line", "process", "time", "operation"], rows);
  return [`${paint(view, "bold", name)}: ${explanation}`, parts, ...(edges.length > 0 ? ["cycle", ...edges] : [])].join(
    "\n",
  );
}

function span({ invokedAt, endedAt, ended }: ShownOperation): string {
  if (endedAt === undefined) return `${invokedAt} to ? (${ended})`;
  return `${invokedAt} to ${endedAt}${ended === "ok" ? "" : ` (${ended})`}`;
}

const REQUEST_MOST = 200;

function request({ f, key, value, ended }: ShownOperation): string {
  const name = key === undefined ? "" : ` ${JSON.stringify(key)}`;
  const read = f === "get" && ended === "ok" ? " =" : "";
  const shown = value === undefined || (f === "get" && ended !== "ok") ? "" : ` ${JSON.stringify(value)}`;
  const text = `${f}${name}${read}${shown}`;
  return text.length > REQUEST_MOST ? `${text.slice(0, REQUEST_MOST)}…` : text;
}

function counted(count: number, name: string, plural = "s"): string {
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : plural}`;
}
