/** Decides how results, errors and values look over HTTP: statuses come from the error table, bytes travel as base64. */

import type { OutcomeAnswer, Result, Value } from "../api.js";
import { AyesError, ERRORS, type Why } from "../errors.js";
import type { ReadResult } from "../reading-api.js";

/** A status and the JSON that goes with it. */
export type Answer = { status: number; body: object; headers?: Record<string, string> };

/** What is refused for a reason that HTTP has a status of its own for. */
export class HttpError extends AyesError {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, why: Why, headers: Record<string, string> = {}) {
    const { code, detail, ...about } = why;
    super(code, detail, about);
    this.status = status;
    this.headers = headers;
  }
}

/** An abort or an unknown outcome keeps its result and gets words. */
export function answerToResult(result: Result): Answer {
  if (result.outcome === "committed") return { status: 200, body: result };
  return { status: ERRORS[result.why.code].http, body: { ...result, ...errorBody(result.why) } };
}

/** What a key holds. No value at all is not found. */
export function answerToRead({ key, value, version, ...reading }: ReadResult): Answer {
  if (value !== undefined) return { status: 200, body: { key, ...valueBody(value), version, ...reading } };
  const why: Why = { code: "not-found", detail: "there is no such key", key };
  return { status: ERRORS[why.code].http, body: { key, ...reading, ...errorBody(why) } };
}

/** The outcome of another transaction is information: only an id that never ran is an error. */
export function answerToOutcome(answer: OutcomeAnswer): Answer {
  if (answer.outcome !== "not-found") return { status: 200, body: answer };
  const why: Why = { code: "not-found", detail: "no transaction with this id ever ran here" };
  return { status: ERRORS[why.code].http, body: { ...answer, ...errorBody(why) } };
}

/** What was refused before it became a result. */
export function answerToError(error: AyesError): Answer {
  const { why, next } = error;
  const body = errorBody(why, next);
  if (error instanceof HttpError) return { status: error.status, body, headers: error.headers };
  return { status: ERRORS[why.code].http, body };
}

/** What every answer that is not a success carries. */
export function errorBody({ code, detail, ...about }: Why, next: string = ERRORS[code].next): object {
  return { error: { code, message: detail ?? ERRORS[code].says, next, ...about } };
}

export function valueBody(value: Value): object {
  if (!(value instanceof Uint8Array)) return { value };
  return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

/**
 * Operations or checks as the API takes them: `bytes` in base64 become a value, or the content of a file. What is no list
 * is left to fail later.
 */
export function withBytes(entries: unknown, name: string): unknown {
  if (!Array.isArray(entries)) return entries;
  return entries.map((entry, index) => (hasBytes(entry) ? withValue(entry, `${name}[${index}]`) : entry));
}

function hasBytes(entry: unknown): entry is { op?: unknown; bytes: unknown } {
  return typeof entry === "object" && entry !== null && Object.hasOwn(entry, "bytes");
}

function withValue({ bytes, ...entry }: { op?: unknown; bytes: unknown }, name: string): object {
  const field = entry.op === "writeFile" ? "content" : "value";
  if (Object.hasOwn(entry, field)) throw new AyesError("invalid", `${name} has both ${field} and bytes`);
  return { ...entry, [field]: decodeBase64(bytes, `${name}.bytes`) };
}

function decodeBase64(text: unknown, name: string): Uint8Array {
  if (typeof text !== "string") throw new AyesError("invalid", `${name} must be a string in base64`);
  const bytes = Buffer.from(text, "base64");
  // Node skips what is not base64; only what comes back as it was sent has been understood.
  if (stripPadding(bytes.toString("base64")) !== stripPadding(text)) {
    throw new AyesError("invalid", `${name} is not base64`);
  }
  return bytes;
}

function stripPadding(text: string): string {
  return text.replace(/={1,2}$/, "");
}
