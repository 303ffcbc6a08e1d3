/** Answers to several clients at once: one line each that says who asked what, and a summary of all. */

import type { Key, Value } from "../../runtime/api.js";
import { explain } from "../../runtime/errors.js";
import type { Failure, Reply } from "../session/reply.js";
import type { Answer } from "../streams/client.js";
import type { Summary } from "../streams/tally.js";
import { textIn } from "./files.js";
import { failureFacts, jsonLine, jsonLines } from "./json.js";
import { harmless, paint, type View } from "./view.js";

/** Who asked, where it stands, how it ended, under which id, and what else there is to say: five fields of one line. */
export function answerText(view: View, { client, file, line, reply }: Answer): string {
  const { outcome, txn = "-", says } = told(reply);
  const shown = paint(view, styleOf(outcome), outcome);
  const fields = [`client ${client}`, `${file}:${line}`, shown, txn, ...(says === undefined ? [] : [says])];
  return fields.map((field) => harmless(field).replaceAll(/[\t\n]/g, " ")).join(view.terminal ? "  " : "\t");
}

/** The same as an object. */
export function answerFacts({ client, file, line, text, reply, tookMs }: Answer): object {
  const { outcome, txn } = told(reply);
  return {
    client,
    file,
    line,
    ...(text !== undefined && { statement: text }),
    outcome,
    ...(txn !== undefined && { txn }),
    ...factsOf(reply),
    ms: Number(tookMs.toFixed(2)),
  };
}

type Told = { outcome: string; txn?: string | undefined; says?: string };

function told(reply: Reply): Told {
  switch (reply.kind) {
    case "result": {
      const { outcome, txn } = reply.result;
      return "why" in reply.result ? { outcome, txn, says: explain(reply.result.why) } : { outcome, txn };
    }
    case "read": {
      const { key, value, version } = reply.read;
      if (value === undefined) return { outcome: "not-found", says: jsonLine(key) };
      return { outcome: "read", txn: version, says: jsonLine(value) };
    }
    case "file": {
      const { file, bytes } = reply;
      const says = (bytes && textIn(bytes)) ?? `<${file.size} bytes>`;
      return { outcome: "read", txn: file.version, says };
    }
    case "reads":
      return { outcome: "read", says: pairs(reply.reads) };
    case "scan":
      return { outcome: "read", says: pairs(reply.page.entries) };
    case "outcome":
      return { outcome: reply.answer.outcome, txn: reply.answer.txn };
    case "note":
      return { outcome: "noted", says: reply.text };
    case "failed":
      return {
        outcome: isNotFound(reply.error) ? "not-found" : "error",
        says: "code" in reply.error ? explain(reply.error.why) : reply.error.message,
      };
    default:
      return { outcome: "done", says: jsonLines(reply).map(jsonLine).join(" ") };
  }
}

/** Of a file; a key that does not exist is an answer. */
function isNotFound(error: Failure): boolean {
  return "code" in error && error.code === "not-found";
}

function pairs(entries: readonly { key: Key; value: Value | undefined }[]): string {
  return entries.map(({ key, value }) => `${jsonLine(key)} ${value === undefined ? "-" : jsonLine(value)}`).join(", ");
}

function factsOf(reply: Reply): object {
  switch (reply.kind) {
    case "result":
      return { ...("why" in reply.result && { why: reply.result.why }), ...reply.account };
    case "failed":
      return failureFacts(reply.error);
    case "read":
    case "file":
    case "note":
      return Object.assign({}, ...jsonLines(reply));
    case "outcome":
      return "why" in reply.answer ? { why: reply.answer.why } : {};
    default:
      return { answer: jsonLines(reply) };
  }
}

const STYLES: Readonly<Record<string, "green" | "red" | "yellow" | "dim">> = {
  committed: "green",
  aborted: "red",
  error: "red",
  unknown: "yellow",
  "not-found": "yellow",
};

function styleOf(outcome: string): "green" | "red" | "yellow" | "dim" {
  return STYLES[outcome] ?? "dim";
}

/** What all of it came to. */
export function summaryText(view: View, summary: Summary): string {
  const { clients, files, statements, of, seconds, committed, reads, notFound } = summary;
  const left = of - statements;
  const title = `${counted(clients, "client")}, ${counted(files, "file")}, ${counted(statements, "statement")}, ${seconds} s`;
  const parts = [
    `committed ${committed}`,
    ...(["aborted", "unknown", "errors"] as const).map((name) => `${name} ${byCode(summary[name])}`),
    ...(reads + notFound > 0 ? [`read ${reads}`, `not found ${notFound}`] : []),
    ...(left > 0 ? [`not issued ${left}`] : []),
  ];
  const pace = `${summary.committedPerSecond} commits/s, p50 ${summary.p50Ms} ms, p99 ${summary.p99Ms} ms`;
  return [paint(view, "bold", title), parts.join(", "), pace].join("\n");
}

function byCode(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([code, times]) => `${times} ${code}`);
  if (parts.length === 0) return "0";
  const total = Object.values(counts).reduce((sum, times) => sum + times, 0);
  return `${total} (${parts.join(", ")})`;
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
