/** A file as an answer: which of its bytes are asked for, and the headers that say what they are. */

import type { IncomingHttpHeaders } from "node:http";
import type { FileStat } from "../files-api.js";
import { HttpError } from "./answers.js";
import { isKnown, isSameFor, preconditionsIn, tagOf } from "./preconditions.js";

export type Headers = Record<string, string>;

/** What to answer: the bytes from `start` on and before `end`, if there is a body. */
export type Representation = {
  status: 200 | 206 | 304;
  headers: Headers;
  start: number;
  end: number;
};

const OCTETS = "application/octet-stream";
/** The last instant that a date in a header can name. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Files are whatever somebody wrote. A page of one shall have no part in the site that also serves the cluster, nor may
 * another site use one as a script or a picture of its own.
 */
const SAFE: Headers = {
  "content-security-policy": "sandbox",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Throws 412 for a precondition that does not hold, 416 for a range behind the end. */
export function representationFor(headers: IncomingHttpHeaders, file: FileStat): Representation {
  const { size } = file;
  const about = validatorsOf(file);
  if (isKnown(preconditionsIn(headers), file)) return { status: 304, headers: about, start: 0, end: 0 };
  const range = isSameFor(headers["if-range"]?.toString(), file) ? rangeIn(headers.range, size) : undefined;
  const digest = digestField(file);
  const described = { ...about, ...SAFE, "repr-digest": digest, "content-type": file.type ?? OCTETS };
  if (range === undefined) {
    const whole = { ...described, "content-digest": digest, "content-length": String(size) };
    return { status: 200, headers: whole, start: 0, end: size };
  }
  const { start, end } = range;
  if (start >= end) throw outside(file);
  const extent = { "content-range": `bytes ${start}-${end - 1}/${size}`, "content-length": String(end - start) };
  return { status: 206, headers: { ...described, ...extent }, start, end };
}

/**
 * The bytes that a range means; none of them when it begins behind the end. Undefined, so the whole file, when there is no
 * range, when it is none (reversed for example), and when there are several: they would be answered in parts, and
 * nobody is obliged to (RFC 9110, 14.2).
 */
export function rangeIn(text: string | undefined, size: number): { start: number; end: number } | undefined {
  const [matched, first = "", last = ""] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(text ?? "") ?? [];
  if (matched === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  if (last !== "" && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) };
}

/** SHA-256 as RFC 9530 writes it. */
export function digestField({ digest }: Pick<FileStat, "digest">): string {
  return `sha-256=:${Buffer.from(digest, "hex").toString("base64")}:`;
}

function validatorsOf(file: FileStat): Headers {
  const { modifiedAt, version } = file;
  return {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    etag: tagOf(file),
    ...(modifiedAt <= LAST_MS && { "last-modified": new Date(modifiedAt).toUTCString() }),
    "x-ayes-version": encodeURIComponent(version),
  };
}

function outside({ path, size }: FileStat): HttpError {
  const detail = `the range begins behind the end of the file, which has ${size} bytes`;
  return new HttpError(416, { code: "invalid", detail, file: path }, { "content-range": `bytes */${size}` });
}
