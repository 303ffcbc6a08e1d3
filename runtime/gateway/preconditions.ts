/** What a request requires of the file that it is about (RFC 9110, 13): entity tags are digests, which never lie. */

import type { IncomingHttpHeaders } from "node:http";
import { AyesError } from "../errors.js";
import type { FileCheck, FileStat } from "../files-api.js";
import { HttpError } from "./answers.js";

/** Tags in a header; `*` is any file. */
type Tags = "*" | readonly { digest: string; weak: boolean }[];

export type Preconditions = {
  match: Tags | undefined;
  noneMatch: Tags | undefined;
  /** In whole seconds, as dates in headers are. */
  unmodifiedSince: number | undefined;
  modifiedSince: number | undefined;
};

/** The strong entity tag of a file. */
export function tagOf({ digest }: Pick<FileStat, "digest">): string {
  return `"${digest}"`;
}

export function preconditionsIn(headers: IncomingHttpHeaders): Preconditions {
  return {
    match: tagsIn(headers["if-match"], "if-match"),
    noneMatch: tagsIn(headers["if-none-match"], "if-none-match"),
    unmodifiedSince: secondsIn(headers["if-unmodified-since"]),
    modifiedSince: secondsIn(headers["if-modified-since"]),
  };
}

/** Throws 412 when a reader requires what is not so; true when the reader has the file already. */
export function isKnown(conditions: Preconditions, file: FileStat): boolean {
  requireMet(conditions, file);
  const { noneMatch, modifiedSince } = conditions;
  if (noneMatch !== undefined) return includes(noneMatch, file, "weakly");
  return modifiedSince !== undefined && secondsOf(file) <= modifiedSince;
}

/** Whether a write depends on what is there. */
export function isConditional({ match, noneMatch, unmodifiedSince }: Preconditions): boolean {
  return match !== undefined || noneMatch !== undefined || unmodifiedSince !== undefined;
}

/** Whether the tags say nothing of the bytes: that there is a file, or that there is none. */
export function isBare({ match, noneMatch, unmodifiedSince }: Preconditions): boolean {
  return [match, noneMatch].every((tags) => tags === undefined || tags === "*") && unmodifiedSince === undefined;
}

/** What must still be so when a write commits. */
export function checksFor(conditions: Preconditions, path: string, found: FileStat | undefined): FileCheck[] {
  if (!isConditional(conditions)) return [];
  const { match, noneMatch } = conditions;
  if (isBare(conditions) && match === undefined) return [{ path, is: "absent" }];
  if (isBare(conditions) && noneMatch === undefined) return [{ path, is: "exists" }];
  return [found ? { path, is: "version", version: found.version } : { path, is: "absent" }];
}

/** Throws 412 when a write requires what is not so. */
export function requireWritable(conditions: Preconditions, path: string, found: FileStat | undefined): void {
  if (found) requireMet(conditions, found);
  else if (conditions.match !== undefined) throw notMet(path, "there is no such file");
  if (found && conditions.noneMatch !== undefined && includes(conditions.noneMatch, found, "weakly")) {
    throw notMet(path, `if-none-match does not hold: there is a file with the tag ${tagOf(found)}`, found);
  }
}

/** Whether a range may be answered of this file (`if-range`). A date tells too little to be sure. */
export function isSameFor(ifRange: string | undefined, file: FileStat): boolean {
  return ifRange === undefined || ifRange.trim() === tagOf(file);
}

/** A precondition that did not hold. */
export function notMet(path: string, detail: string, found?: FileStat): HttpError {
  return new HttpError(412, { code: "check-failed", detail, file: path }, found ? { etag: tagOf(found) } : {});
}

function requireMet({ match, unmodifiedSince }: Preconditions, file: FileStat): void {
  if (match !== undefined) {
    if (includes(match, file, "strongly")) return;
    throw notMet(file.path, `if-match does not hold: the tag of the file is ${tagOf(file)}`, file);
  }
  if (unmodifiedSince === undefined || secondsOf(file) <= unmodifiedSince) return;
  throw notMet(file.path, "if-unmodified-since does not hold: the file was written later", file);
}

function includes(tags: Tags, { digest }: FileStat, how: "strongly" | "weakly"): boolean {
  return tags === "*" || tags.some((tag) => tag.digest === digest && (how === "weakly" || !tag.weak));
}

const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** A condition that cannot be understood must not be passed over. */
function tagsIn(text: string | undefined, name: string): Tags | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === "*") return "*";
  return text.split(",").map((part) => {
    const [matched, weak, digest] = TAG.exec(part.trim()) ?? [];
    if (matched !== undefined) return { digest: digest ?? "", weak: weak !== undefined };
    throw new AyesError("invalid", `${name} must be * or entity tags in quotes, such as "${"0".repeat(8)}…"`);
  });
}

/** What is no date does not count. */
function secondsIn(date: string | undefined): number | undefined {
  const ms = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function secondsOf({ modifiedAt }: FileStat): number {
  return Math.floor(modifiedAt / 1000);
}
