/** What may be asked of a replica at one moment, and its answers as programs see them. */

import type { Page } from "../actors/message.js";
import { afterKey, prefixRange, type RangeQuery } from "../actors/range.js";
import type { Check as CoreCheck, Entry as CoreEntry, KeyRange, Stored } from "../actors/transaction.js";
import { AyesError } from "./errors.js";
import type { ReadQuestion } from "./gateway/gateway.js";
import type { ReadAnswer } from "./gateway/results.js";
import { describe } from "./json-shape.js";
import { checkPrefix, checkReadableKey } from "./keys.js";
import type { Entry, Reading, ReadResult, ScanPage, ScanQuery, Snapshot } from "./reading-api.js";
import { shownKey, shownRange } from "./shown.js";
import { checkChecks, checkRange, decodeValue, requireFields, requireObject } from "./validation.js";
import { positionText } from "./watching/position.js";

const QUERY_FIELDS = ["keys", "scans", "held"];
const SCAN_FIELDS = ["prefix", "start", "end", "limit", "reverse"];
const KEYS_LIMIT = 1000;
const SCANS_LIMIT = 100;
const SCAN_DEFAULT = 100;
const SCAN_LIMIT = 10_000;

/** A question that may enter the core. */
export type CheckedSnapshot = { keys: string[]; ranges: RangeQuery[]; held: CoreCheck[] };

export function checkSnapshot(query: unknown): CheckedSnapshot {
  const record = requireObject(query, "the query");
  requireFields(record, QUERY_FIELDS, "the query");
  const keys = listOf(record.keys, KEYS_LIMIT, "keys").map((key, index) => checkReadableKey(key, `keys[${index}]`));
  const ranges = listOf(record.scans, SCANS_LIMIT, "scans").map((scan, index) => checkScan(scan, `scans[${index}]`));
  if (keys.length + ranges.length === 0) throw new AyesError("invalid", "there is nothing to read: name keys or scans");
  return { keys, ranges, held: checkChecks(record.held, "held") };
}

/** A scan that may enter the core. */
export function checkScan(query: unknown = {}, name = "the scan"): RangeQuery {
  const record = requireObject(query, name);
  requireFields(record, SCAN_FIELDS, name);
  const { prefix, start, end, limit = SCAN_DEFAULT, reverse = false } = record;
  if (prefix !== undefined && (start !== undefined || end !== undefined)) {
    throw new AyesError("invalid", `${name} has a prefix and bounds; it takes one or the other`);
  }
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > SCAN_LIMIT) {
    throw new AyesError("invalid", `${name}.limit must be an integer from 1 to ${SCAN_LIMIT}, not ${describe(limit)}`);
  }
  if (typeof reverse !== "boolean") {
    throw new AyesError("invalid", `${name}.reverse must be true or false, not ${describe(reverse)}`);
  }
  const bounds = prefix === undefined ? { start, end } : prefixRange(checkPrefix(prefix));
  return { range: checkRange(bounds, name), limit, reverse };
}

/** The question as it is put to a replica. */
export function questionOf(
  { keys, ranges, held }: CheckedSnapshot,
  { consistency, replica, deadlineMs }: Pick<ReadQuestion, "consistency" | "replica" | "deadlineMs">,
): ReadQuestion {
  const question: ReadQuestion = { keys, consistency, replica, deadlineMs };
  if (ranges.length > 0) question.ranges = ranges;
  if (held.length > 0) question.held = held;
  return question;
}

/** The answer, in the order of what was asked for. */
export function snapshotOf(
  { keys, ranges }: CheckedSnapshot,
  answer: ReadAnswer,
  { read, cluster }: { read: Reading["read"]; cluster: string },
): Snapshot {
  const { replica, waited } = answer;
  const reading = { replica, read, waited, position: positionText(cluster, answer.position) };
  return {
    entries: keys.map((key, index) => resultOf(key, answer.values[index], reading)),
    pages: answer.pages.map((page, index) => pageOf(page, ranges[index], reading)),
    ...reading,
  };
}

function resultOf(key: string, stored: Stored | undefined, reading: Reading): ReadResult {
  return { key: shownKey(key), value: stored && decodeValue(stored.value), version: stored?.version, ...reading };
}

function pageOf({ entries, covered, version, more }: Page, query: RangeQuery | undefined, reading: Reading): ScanPage {
  const last = more ? entries.at(-1) : undefined;
  return {
    entries: entries.map(entryOf),
    range: shownRange(covered),
    version,
    ...(query && last && { next: nextOf(query, last) }),
    ...reading,
  };
}

function entryOf({ key, stored }: CoreEntry): Entry {
  return { key: shownKey(key), value: decodeValue(stored.value), version: stored.version };
}

function nextOf({ range, limit, reverse }: RangeQuery, { key }: CoreEntry): ScanQuery {
  const rest: KeyRange = reverse ? { ...range, end: key } : { ...range, start: afterKey(key) };
  // Bounds between two keys have no other form, so all of them stay texts.
  return { ...rest, limit, ...(reverse && { reverse }) };
}

function listOf(list: unknown, limit: number, name: string): readonly unknown[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new AyesError("invalid", `${name} must be an array, not ${describe(list)}`);
  if (list.length > limit) throw new AyesError("too-large", `there are ${list.length} ${name}; the limit is ${limit}`);
  return Array.from(list);
}
