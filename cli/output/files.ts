/** Files as text: what is in one, if a terminal can show it, and what is known of them. */

import type { FileStat } from "../../runtime/files-api.js";
import type { Reply } from "../session/reply.js";
import { bytesText } from "./amounts.js";
import { table } from "./table.js";
import { harmless, paint, type Shown, type View } from "./view.js";

type FileReply = Extract<Reply, { kind: "file" }>;

/** On a pipe the bytes as they are. */
export function fileText(view: View, { file, bytes }: FileReply): Shown {
  if (bytes && !view.terminal) return { result: bytes };
  const text = bytes && textIn(bytes);
  if (text === undefined) {
    const what = bytes ? "no text" : "too long for a terminal";
    const how = view.prefix === "" ? `read ${file.path} > FILE` : `${view.prefix}read ${file.path} -o FILE`;
    return { remark: paint(view, "dim", harmless(`(${bytesText(file.size)}, ${what}: ${how})`)) };
  }
  if (text === "") return { remark: paint(view, "dim", "(empty)") };
  return { result: harmless(text.replaceAll("\r\n", "\n").replace(/\n$/, "")) };
}

/** The text that bytes are, if they are one. No text has NUL in it. */
export function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function filesText(view: View, { files, more }: Extract<Reply, { kind: "files" }>): Shown {
  if (files.length === 0) return { remark: "no files" };
  const rows = files.map(({ path, size, modifiedAt, type = "-" }) => {
    return [view.terminal ? bytesText(size) : String(size), timeText(view, modifiedAt), harmless(type), named(path)];
  });
  const result = table(view, ["size", "modified", "type", "path"], rows);
  return { result, ...(more && { remark: "(more: use --limit, or a longer prefix)" }) };
}

/** One fact a line. */
export function statText(view: View, { path, size, digest, version, modifiedAt, type = "-" }: FileStat): string {
  const facts = {
    path: named(path),
    size: view.terminal && size >= 1024 ? `${size} (${bytesText(size)})` : String(size),
    type: harmless(type),
    modified: timeText(view, modifiedAt),
    digest,
    version: harmless(version || "-"),
  };
  const gap = view.terminal ? (name: string) => `${paint(view, "dim", name)}${" ".repeat(10 - name.length)}` : tabbed;
  return Object.entries(facts)
    .map(([name, fact]) => `${gap(name)}${fact}`)
    .join("\n");
}

function tabbed(name: string): string {
  return `${name}\t`;
}

/** A path may have line ends and tabs in it. */
function named(path: string): string {
  return /[\t\n]/.test(path) ? JSON.stringify(path) : harmless(path);
}

/** A person wants the time of the day, a program one form everywhere. What is not committed has none yet. */
function timeText(view: View, at: number): string {
  if (at === 0) return "-";
  const date = new Date(at);
  if (!view.terminal) return date.toISOString();
  const local = new Date(at - date.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)}`;
}
