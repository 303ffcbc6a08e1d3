/** Questions to the cluster that serves this page, by addresses relative to it, and what it refuses as an error. */

import type { ErrorCode } from "../../../runtime/errors.js";

/** What the cluster answers when it will not. */
export class Refusal extends Error {
  readonly code: ErrorCode | "unreachable";
  /** What to do about it. */
  readonly next: string;

  constructor(code: ErrorCode | "unreachable", message: string, next: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}

type Problem = { error?: { code: ErrorCode; message: string; next: string } };

const PATIENCE_MS = 10_000;

/** Reads. `path` begins without a slash. */
export function ask<Answer>(path: string, query: Record<string, string | undefined> = {}): Promise<Answer> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const asked = new URLSearchParams(given as [string, string][]).toString();
  return send<Answer>(`${path}${asked && `?${asked}`}`, { method: "GET" });
}

/** Changes something; `word` says that it is meant. */
export function tell<Answer>(path: string, word: string, body: object = {}, method = "POST"): Promise<Answer> {
  const headers = { "content-type": "application/json", "x-ayes": word };
  return send<Answer>(path, { method, headers, body: JSON.stringify(body) }, 6 * PATIENCE_MS);
}

async function send<Answer>(path: string, request: RequestInit, patienceMs = PATIENCE_MS): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.timeout(patienceMs) });
  } catch {
    throw new Refusal("unreachable", "the cluster does not answer", "see whether it runs");
  }
  const body = (await response.json().catch(() => ({}))) as Answer & Problem;
  if (response.ok) return body;
  const { code = "assertion", message = `the cluster answered ${response.status}`, next = "" } = body.error ?? {};
  throw new Refusal(code, message, next);
}

/** The path of a name, as one part of an address. */
export function part(name: string): string {
  return encodeURIComponent(name);
}
