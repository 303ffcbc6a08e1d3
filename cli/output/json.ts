/** Replies as JSON lines: stable field names, the same as over HTTP; bytes as base64. */

import type { Value } from "../../runtime/api.js";
import { ballotBody } from "../../runtime/gateway/ballot-body.js";
import { eventBody } from "../../runtime/gateway/events.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import { Problem } from "../language/problem.js";
import type { Failure, Reply } from "../session/reply.js";
import type { Pending, PendingPage } from "../session/transaction.js";
import { textIn } from "./files.js";

/** The objects of a reply, one a line. */
export function jsonLines(reply: Reply): object[] {
  switch (reply.kind) {
    case "result":
      return [{ ...reply.result, ...reply.account }];
    case "read":
      return [readFacts(reply.read)];
    case "reads":
      return reply.reads.map(readFacts);
    case "scan":
      return pageFacts(reply.page);
    case "file":
    case "files":
    case "stat":
      return fileLines(reply);
    case "outcome":
      return [reply.answer];
    case "trace":
      return [reply.trace];
    case "traces":
      return reply.traces;
    case "status":
      return [reply.status];
    case "locks":
      return reply.locks;
    case "constraints":
      return reply.constraints;
    case "ballots":
      return reply.ballots.map(ballotBody);
    case "doubts":
      return reply.doubts;
    case "held":
      return [reply.list, ...reply.answers.flatMap(jsonLines)];
    case "released":
      return [{ released: reply.released ?? null }, ...reply.answers.flatMap(jsonLines)];
    case "log":
      return reply.records;
    case "keys":
      return reply.keys.map((key) => ({ key }));
    case "change":
      return [eventBody(reply.event)];
    default:
      return [saidFacts(reply)];
  }
}

/** What has its words already. */
function saidFacts(reply: Extract<Reply, { kind: "done" | "note" | "help" | "failed" }>): object {
  switch (reply.kind) {
    case "done":
    case "note":
      return reply.facts;
    case "help":
      return { help: reply.text };
    case "failed":
      return failureFacts(reply.error);
  }
}

function fileLines(reply: Extract<Reply, { kind: "file" | "files" | "stat" }>): object[] {
  if (reply.kind === "file") return [fileFacts(reply)];
  return reply.kind === "stat" ? [reply.stat] : [...reply.files, ...(reply.more ? [{ more: true }] : [])];
}

/** A text as it is, anything else in base64; what is too large to be shown is left out. */
function fileFacts({ file, bytes }: Extract<Reply, { kind: "file" }>): object {
  const { path, size, digest, version, modifiedAt, type, replica } = file;
  const text = bytes && textIn(bytes);
  return {
    ...{ path, size, digest, version, modifiedAt, ...(type !== undefined && { type }), replica },
    ...(text !== undefined ? { text } : bytes && { bytes: base64(bytes) }),
  };
}

/** An error as facts. `position` counts characters of the statement. */
export function failureFacts(error: Failure): object {
  if (error instanceof Problem) {
    const { message, position } = error;
    return { error: { code: "invalid", message, ...(position !== undefined && { position }) } };
  }
  const { detail, ...why } = error.why;
  return { error: { ...why, message: detail ?? error.message, next: error.next } };
}

/** One line of JSON. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, bytesAsBase64);
}

/** Who answered is missing when nobody had to be asked: the open transaction writes the key itself. */
function readFacts({ value, version, replica, read, waited, ...rest }: Pending<ReadResult>): object {
  const found = value !== undefined;
  return {
    ...rest,
    ...(replica !== "" && { replica, read, waited }),
    found,
    ...(found && valueFacts(value)),
    ...(version !== undefined && { version }),
  };
}

/** One line for each entry, and the last one about all of them. */
function pageFacts({ entries, next, ...page }: PendingPage): object[] {
  const lines = entries.map(({ key, value, version, ...rest }) => {
    return { key, ...valueFacts(value), ...(version !== "" && { version }), ...rest };
  });
  return [...lines, { page: { ...page, more: next !== undefined, ...(next && { next }) } }];
}

function valueFacts(value: Value): object {
  return value instanceof Uint8Array ? { bytes: base64(value) } : { value };
}

// A Buffer has been through its own toJSON when a replacer sees it: look at the holder.
function bytesAsBase64(this: unknown, name: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[name];
  return raw instanceof Uint8Array ? { bytes: base64(raw) } : value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
