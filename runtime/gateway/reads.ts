/** Reads over HTTP beyond single keys: what is asked for, how the answers look, and scans as streams of lines. */

import { stream } from "hono/streaming";
import type { Cluster } from "../api.js";
import { asAyesError } from "../errors.js";
import type { Entry, ReadOptions, ReadResult, ScanPage, ScanQuery, Snapshot, SnapshotQuery } from "../reading-api.js";
import { checkReadOptions } from "../requests.js";
import { requireFields } from "../validation.js";
import { type Answer, answerToError, valueBody, withBytes } from "./answers.js";
import { jsonName, keysIn, numberOf, queryOf, type Request, readObject } from "./intake.js";

export const READ_FIELDS = ["read", "replica", "deadlineMs"];
const BOUNDS = ["prefix", "start", "end"];
const SCAN_FIELDS = [...BOUNDS, ...BOUNDS.map(jsonName), "limit", "reverse"];
const LINES = "application/x-ndjson";

/** How to read, as the query says. */
export function readOptionsOf(query: Record<string, string>): ReadOptions {
  const { deadlineMs, ...rest } = pick(query, READ_FIELDS);
  return checkReadOptions(deadlineMs === undefined ? rest : { ...rest, deadlineMs: numberOf(deadlineMs) });
}

/** The scan in the query. The cluster checks it. */
export function scanOf(request: Request): { query: ScanQuery; options: ReadOptions } {
  const given = queryOf(request, [...SCAN_FIELDS, ...READ_FIELDS]);
  const { limit, reverse } = given;
  const query = {
    ...keysIn(given, BOUNDS),
    ...(limit !== undefined && { limit: numberOf(limit) }),
    ...(reverse !== undefined && { reverse: reverse === "true" ? true : reverse === "false" ? false : reverse }),
  };
  return { query: query as ScanQuery, options: readOptionsOf(given) };
}

/** The question in the body. The cluster checks what is in its lists. */
export async function snapshotIn(request: Request): Promise<{ query: SnapshotQuery; options: ReadOptions }> {
  const body = await readObject(request);
  requireFields(body, ["keys", "scans", "held", ...READ_FIELDS], "the body");
  const { keys, scans, held, ...options } = body;
  const query = {
    ...(keys !== undefined && { keys }),
    ...(scans !== undefined && { scans }),
    ...(held !== undefined && { held: withBytes(held, "held") }),
  };
  return { query: query as SnapshotQuery, options: options as ReadOptions };
}

/** One page of a scan, with its values as over HTTP. */
export function pageBody({ entries, ...page }: ScanPage): object {
  return { entries: entries.map(entryBody), ...page };
}

export function answerToSnapshot({ entries, pages, ...reading }: Snapshot): Answer {
  return { status: 200, body: { entries: entries.map(keyBody), pages: pages.map(pageBody), ...reading } };
}

/** Whether the answer is wanted as lines, one for each entry. */
export function wantsLines(request: Request): boolean {
  return (request.req.header("accept") ?? "").includes(LINES);
}

/** All entries from a first page on, one a line. What goes wrong later than with the first page is the last line. */
export function linesFrom(request: Request, first: ScanPage, cluster: Cluster, options: ReadOptions): Response {
  request.header("content-type", LINES);
  request.header("cache-control", "no-store");
  return stream(request, async (lines) => {
    let page = first;
    for (;;) {
      const text = page.entries.map((entry) => `${JSON.stringify(entryBody(entry))}\n`).join("");
      await lines.write(text);
      if (page.next === undefined || lines.aborted) return;
      try {
        page = await cluster.scan(page.next, options);
      } catch (error) {
        await lines.write(`${JSON.stringify(answerToError(asAyesError(error)).body)}\n`);
        return;
      }
    }
  });
}

function keyBody({ key, value, version }: ReadResult): object {
  return value === undefined ? { key } : { key, ...valueBody(value), version };
}

function entryBody({ key, value, version }: Entry): object {
  return { key, ...valueBody(value), version };
}

function pick(query: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name)));
}
