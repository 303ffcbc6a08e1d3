/** What was read, as text: one value as it is; several with their keys, one a line. */

import type { Key, Value } from "../../runtime/api.js";
import type { Reading, ReadResult } from "../../runtime/reading-api.js";
import type { Pending, PendingPage } from "../session/transaction.js";
import { jsonLine } from "./json.js";
import { harmless, paint, type Shown, type View } from "./view.js";

type Line = { key: Key; value: Value | undefined; pending?: true };

export function readText(view: View, read: Pending<ReadResult>): Shown {
  if (read.value === undefined) {
    return { remark: view.terminal ? paint(view, "dim", "(not found)") : `not found: ${JSON.stringify(read.key)}` };
  }
  if (!view.terminal) return { result: raw(read.value) };
  return { result: readable(read.value) + pendingMark(view, read), ...remarks(view, [waitRemark(read)]) };
}

export function readsText(view: View, reads: readonly Pending<ReadResult>[]): Shown {
  const slowest = reads.find(({ waited }) => waited);
  return { result: lines(view, reads), ...remarks(view, [slowest && waitRemark(slowest)]) };
}

export function scanText(view: View, page: PendingPage): Shown {
  const { entries, next } = page;
  const more = next && "(more: use --limit, a longer prefix, or --start and --end)";
  if (entries.length === 0) return remarks(view, ["no keys", more, waitRemark(page)]);
  return { result: lines(view, entries), ...remarks(view, [more, waitRemark(page)]) };
}

export function keysText(view: View, keys: readonly Key[], more: boolean): Shown {
  const result = keys.map((key) => keyText(view, key)).join("\n");
  if (keys.length === 0) return { remark: "no keys" };
  return { result, ...(more && { remark: "(more: use --limit, or a longer prefix)" }) };
}

/** As it can be typed again; on a pipe a text is itself. */
function keyText(view: View, key: Key): string {
  if (typeof key !== "string") return jsonLine(key);
  return view.terminal && !/^[\w./:@-]+$/.test(key) ? JSON.stringify(key) : key;
}

/** A value may hold line ends and tabs, so it is JSON also on a pipe; nothing when there is none. */
function lines(view: View, entries: readonly Line[]): string {
  const names = entries.map(({ key }) => keyText(view, key));
  const width = Math.min(WIDEST, Math.max(...names.map((name) => name.length)));
  return entries
    .map((entry, index) => {
      const name = names[index] ?? "";
      if (!view.terminal) return `${/[\t\n\r]/.test(name) ? JSON.stringify(name) : name}\t${jsonIfAny(entry.value)}`;
      const value = entry.value === undefined ? paint(view, "dim", "(not found)") : readable(entry.value);
      return `${name.padEnd(width)}  ${value}${pendingMark(view, entry)}`;
    })
    .join("\n");
}

const WIDEST = 40;

function jsonIfAny(value: Value | undefined): string {
  return value === undefined ? "" : jsonLine(value);
}

function pendingMark(view: View, { pending }: { pending?: true }): string {
  return pending ? paint(view, "dim", "  (not committed yet)") : "";
}

/** For a person who wonders where the time went. With --json it is always told. */
function waitRemark({ waited, replica }: Reading): string | undefined {
  return waited ? `(${replica} waited for an undecided write)` : undefined;
}

function remarks(view: View, all: readonly (string | undefined)[]): Shown {
  const said = all.filter((remark) => remark !== undefined && view.terminal);
  return said.length > 0 ? { remark: paint(view, "dim", said.join("\n")) } : {};
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
