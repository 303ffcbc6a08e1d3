/** Replies as JSON lines: stable field names, the same as over HTTP; bytes as base64. */

import type { ReadResult } from "../../runtime/reading-api.js";
import { Problem } from "../language/problem.js";
import type { Failure, Reply } from "../session/reply.js";

/** The objects of a reply, one a line. */
export function jsonLines(reply: Reply): object[] {
  switch (reply.kind) {
    case "result":
      return [reply.result];
    case "read":
      return [readFacts(reply.read)];
    case "outcome":
      return [reply.answer];
    case "status":
      return [reply.status];
    case "locks":
      return reply.locks;
    case "constraints":
      return reply.constraints;
    case "log":
      return reply.records;
    case "keys":
      return reply.keys.map((key) => ({ key }));
    case "done":
    case "note":
      return [reply.facts];
    case "help":
      return [{ help: reply.text }];
    case "failed":
      return [failureFacts(reply.error)];
  }
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

function readFacts({ value, version, ...rest }: ReadResult & { pending?: true }): object {
  const found = value !== undefined;
  const held = value instanceof Uint8Array ? { bytes: base64(value) } : { value };
  return { ...rest, found, ...(found && held), ...(version !== undefined && { version }) };
}

// A Buffer has been through its own toJSON when a replacer sees it: look at the holder.
function bytesAsBase64(this: unknown, name: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[name];
  return raw instanceof Uint8Array ? { bytes: base64(raw) } : value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
