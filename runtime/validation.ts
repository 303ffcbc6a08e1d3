/** Decides which keys, values and transactions may enter the core, and copies them: JSON becomes text, bytes are cloned. */

import { isUint8Array } from "node:util/types";
import { FIRST_KEY } from "../actors/own-key.js";
import { compareKeys } from "../actors/range.js";
import type {
  Check as CoreCheck,
  ClientOperation as CoreOperation,
  Value as CoreValue,
  KeyRange,
  ProtocolName,
} from "../actors/transaction.js";
import type { Json, Value } from "./api.js";
import { AyesError } from "./errors.js";
import {
  type ContentOf,
  checkCheckedPath,
  checkFileOperation,
  FILE_OPERATION_FIELDS,
  isFileOperation,
  NOTHING_STAGED,
} from "./files/file-operations.js";
import { bytesBeyond, describe, type Flaw, findFlaw } from "./json-shape.js";
import { checkBound, checkKey, checkReadableKey } from "./keys.js";
import { shownSubject } from "./shown.js";

const VALUE_LIMIT_BYTES = 1024 * 1024;
const TRANSACTION_LIMIT_BYTES = 16 * 1024 * 1024;
const LIST_LIMIT = 1000;
/** A folder may have more files than a transaction has keys. */
const FILES_LIMIT = 20_000;
const ID_LIMIT = 128;
const DEADLINE_LIMIT_MS = 600_000;
const TTL_LIMIT_MS = 10 * 366 * 24 * 60 * 60 * 1000;
/** How long a caller waits who does not say how long. */
export const DEFAULT_DEADLINE_MS = 5000;

const PROTOCOLS = ["2pc", "3pc"] as const satisfies readonly ProtocolName[];
const OPERATION_FIELDS: Record<string, readonly string[]> = {
  put: ["op", "key", "value", "ttlMs"],
  del: ["op", "key"],
  add: ["op", "key", "delta"],
};
const ALL_OPERATION_FIELDS: Record<string, readonly string[]> = { ...OPERATION_FIELDS, ...FILE_OPERATION_FIELDS };
const CHECK_FIELDS: Record<string, readonly string[]> = {
  exists: ["key", "is"],
  absent: ["key", "is"],
  equals: ["key", "is", "value"],
  version: ["key", "is", "version"],
  rangeUnchanged: ["range", "is", "version"],
};
/** What the options of a transaction may have. */
export const OPTION_FIELDS = ["id", "protocol", "checks", "deadlineMs"];

/** How a transaction shall be run. Without an id the caller has left the choice to us. */
export type CheckedOptions = {
  id: string | undefined;
  /** Undefined: as the cluster does. */
  protocol: ProtocolName | undefined;
  deadlineMs: number;
  checks: CoreCheck[];
};

/** A transaction that may enter the core. */
export type CheckedTransaction = CheckedOptions & { operations: CoreOperation[] };

/** Everything about a transaction at once, with the limits that hold for the whole of it. */
export function checkTransaction(
  operations: unknown,
  options?: unknown,
  contentOf: ContentOf = NOTHING_STAGED,
): CheckedTransaction {
  const checked = { ...checkOptions(options), operations: checkOperations(operations, contentOf) };
  if (checked.operations.length + checked.checks.length === 0) {
    throw new AyesError("invalid", "a transaction needs at least one operation or check");
  }
  requireTotal(checked.operations, checked.checks);
  return checked;
}

/** The options of a transaction, every choice made except for the id. */
export function checkOptions(options: unknown = {}): CheckedOptions {
  const record = requireObject(options, "the options");
  requireFields(record, OPTION_FIELDS, "the options");
  return {
    id: record.id === undefined ? undefined : checkId(record.id),
    protocol: record.protocol === undefined ? undefined : checkProtocol(record.protocol),
    deadlineMs: checkDeadline(record.deadlineMs),
    checks: checkChecks(record.checks),
  };
}

/** The operations for the core. Each key may occur once: otherwise their order would decide. */
export function checkOperations(operations: unknown, contentOf: ContentOf = NOTHING_STAGED): CoreOperation[] {
  const list = requireList(operations, "operations", FILES_LIMIT);
  requireList(
    list.filter((operation) => !isFileOperation(Object(operation))),
    "operations",
  );
  const first = new Map<string, number>();
  const checked: CoreOperation[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const operation = checkOperation(list[index], `operations[${index}]`, contentOf);
    const earlier = first.get(operation.key);
    if (earlier !== undefined) {
      const detail = `operations[${earlier}] and operations[${index}] both have this key or file; each may occur once`;
      throw new AyesError("invalid", detail, shownSubject(operation.key));
    }
    first.set(operation.key, index);
    checked.push(operation);
  }
  requireTotal(checked, []);
  return checked;
}

/** The preconditions for the core. */
export function checkChecks(checks: unknown, name = "checks"): CoreCheck[] {
  if (checks === undefined) return [];
  const list = requireList(checks, name);
  const checked: CoreCheck[] = [];
  for (let index = 0; index < list.length; index += 1) checked.push(checkCheck(list[index], `${name}[${index}]`));
  requireTotal([], checked);
  return checked;
}

function checkOperation(operation: unknown, name: string, contentOf: ContentOf): CoreOperation {
  const record = requireObject(operation, name);
  const op = requireKind(record.op, ALL_OPERATION_FIELDS, `${name}.op`);
  requireFields(record, ALL_OPERATION_FIELDS[op] ?? [], name);
  if (Object.hasOwn(FILE_OPERATION_FIELDS, op)) return checkFileOperation(record, name, contentOf);
  const key = checkKey(record.key, `${name}.key`);
  if (op === "put") {
    const value = encodeValue(record.value, `${name}.value`);
    return record.ttlMs === undefined ? { op, key, value } : { op, key, value, ttlMs: checkTtl(record.ttlMs, name) };
  }
  if (op === "add") return { op, key, delta: checkDelta(record.delta, `${name}.delta`) };
  return { op: "del", key };
}

function checkCheck(check: unknown, name: string): CoreCheck {
  const record = requireObject(check, name);
  const is = requireKind(record.is, CHECK_FIELDS, `${name}.is`);
  const isOfFile = record.path !== undefined && is !== "equals";
  requireFields(
    record,
    (CHECK_FIELDS[is] ?? []).map((field) => (isOfFile && field === "key" ? "path" : field)),
    name,
  );
  if (is === "rangeUnchanged") {
    return { is, range: checkRange(record.range, `${name}.range`), version: checkRangeVersion(record.version, name) };
  }
  const key = isOfFile ? checkCheckedPath(record.path, `${name}.path`) : checkReadableKey(record.key, `${name}.key`);
  if (is === "equals") return { key, is, value: encodeValue(record.value, `${name}.value`) };
  if (is === "version") return { key, is, version: checkId(record.version, `${name}.version`) };
  return { key, is: is === "absent" ? "absent" : "exists" };
}

/** Keys from `start` on and before `end`. Either may be missing: there is no bound then. */
export function checkRange(range: unknown, name = "the range"): KeyRange {
  const record = requireObject(range, name);
  requireFields(record, ["start", "end"], name);
  const start = record.start === undefined ? undefined : checkBound(record.start, `${name}.start`);
  const end = record.end === undefined ? undefined : checkBound(record.end, `${name}.end`);
  if (start !== undefined && end !== undefined && compareKeys(start, end) > 0) {
    throw new AyesError("invalid", `${name} ends before it starts`);
  }
  return { start: start ?? FIRST_KEY, ...(end !== undefined && { end }) };
}

function checkRangeVersion(version: unknown, name: string): string {
  if (typeof version === "string" && /^\d{1,6}\.[0-9a-z]{1,11}$/.test(version)) return version;
  throw new AyesError("invalid", `${name}.version must be that of a page of a scan, not ${describe(version)}`);
}

// Letters of every language, but nothing that cannot be seen: ids are read aloud, logged and put in URLs.
const ASCII_ID = /^[\x20-\x7e]+$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A transaction id is 1 to 128 printable characters. */
export function checkId(id: unknown, name = "the id"): string {
  if (typeof id !== "string") throw new AyesError("invalid", `${name} must be a string, not ${describe(id)}`);
  if (id.length === 0) throw new AyesError("invalid", `${name} must not be empty`);
  if (id.length > ID_LIMIT) {
    throw new AyesError("too-large", `${name} has ${id.length} characters; the limit is ${ID_LIMIT}`);
  }
  if (!ASCII_ID.test(id) && UNPRINTABLE.test(id)) {
    throw new AyesError("invalid", `${name} must consist of printable characters`);
  }
  return id;
}

/** How long a key lives: 1 ms to ten years. */
function checkTtl(ms: unknown, name: string): number {
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 1 && ms <= TTL_LIMIT_MS) return ms;
  throw new AyesError("invalid", `${name}.ttlMs must be an integer from 1 to ${TTL_LIMIT_MS}, not ${describe(ms)}`);
}

/** How long to wait: 1 to 600,000 ms, or the default. */
export function checkDeadline(ms: unknown): number {
  if (ms === undefined) return DEFAULT_DEADLINE_MS;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 1 && ms <= DEADLINE_LIMIT_MS) return ms;
  throw new AyesError("invalid", `deadlineMs must be an integer from 1 to ${DEADLINE_LIMIT_MS}, not ${describe(ms)}`);
}

/** The protocol to use. */
export function checkProtocol(protocol: unknown): ProtocolName {
  const known = PROTOCOLS.find((name) => name === protocol);
  if (known) return known;
  throw new AyesError("invalid", `unknown protocol ${describe(protocol)}; known: ${PROTOCOLS.join(", ")}`);
}

function checkDelta(delta: unknown, name: string): number {
  // Adding 0 turns -0 into 0.
  if (typeof delta === "number" && Number.isSafeInteger(delta)) return delta + 0;
  throw new AyesError("invalid", `${name} must be an integer within 2^53, not ${describe(delta)}`);
}

/** A value for the core: a JSON text, or a copy of the bytes. */
export function encodeValue(value: unknown, name = "the value"): CoreValue {
  if (isUint8Array(value)) {
    if (value.byteLength > VALUE_LIMIT_BYTES) throw tooLargeValue(name, `${value.byteLength} bytes`);
    return new Uint8Array(value);
  }
  const flaw = findFlaw(value, VALUE_LIMIT_BYTES);
  if (flaw) throw refusal(flaw, name);
  const text = JSON.stringify(value);
  if (bytesBeyond(text, VALUE_LIMIT_BYTES)) throw tooLargeValue(name, `${Buffer.byteLength(text)} bytes as JSON`);
  return text;
}

/** The value that a caller gets to see. It shares nothing with the core. */
export function decodeValue(value: CoreValue): Value {
  return typeof value === "string" ? (JSON.parse(value) as Json) : new Uint8Array(value);
}

function refusal({ path, says, tooLarge }: Flaw, name: string): AyesError {
  if (tooLarge) return tooLargeValue(name, "more");
  return new AyesError("invalid", `${name}${path.length > 100 ? "" : path} ${says}`);
}

function tooLargeValue(name: string, size: string): AyesError {
  return new AyesError("too-large", `${name} has ${size}; the limit is ${VALUE_LIMIT_BYTES} bytes (1 MiB)`);
}

function requireList(list: unknown, name: string, limit = LIST_LIMIT): readonly unknown[] {
  if (!Array.isArray(list)) throw new AyesError("invalid", `${name} must be an array, not ${describe(list)}`);
  if (list.length <= limit) return list;
  throw new AyesError("too-large", `there are ${list.length} ${name}; the limit is ${limit}`);
}

/** An object whose fields can be looked at. */
export function requireObject(record: unknown, name: string): Record<string, unknown> {
  if (typeof record === "object" && record !== null && !Array.isArray(record)) return record as Record<string, unknown>;
  throw new AyesError("invalid", `${name} must be an object, not ${describe(record)}`);
}

/** One of the names in a table. */
export function requireKind<Kind extends string>(
  kind: unknown,
  known: Readonly<Record<Kind, readonly string[]>>,
  name: string,
): Kind {
  if (typeof kind === "string" && Object.hasOwn(known, kind)) return kind as Kind;
  throw new AyesError("invalid", `${name} is ${describe(kind)}; known: ${Object.keys(known).join(", ")}`);
}

/** Refuses fields that we would ignore: a misspelt precondition must not be dropped without a word. */
export function requireFields(record: Record<string, unknown>, known: readonly string[], name: string): void {
  for (const field of Object.keys(record)) {
    if (known.includes(field) || record[field] === undefined) continue;
    throw new AyesError("invalid", `${name} has an unknown field ${describe(field)}; known: ${known.join(", ")}`);
  }
}

function requireTotal(operations: readonly CoreOperation[], checks: readonly CoreCheck[]): void {
  let total = 0;
  for (const entry of [...operations, ...checks]) {
    total += keyOf(entry).length + ("value" in entry ? entry.value.length : 0);
  }
  if (total * 3 <= TRANSACTION_LIMIT_BYTES) return;
  total = 0;
  for (const entry of [...operations, ...checks]) {
    total += Buffer.byteLength(keyOf(entry)) + ("value" in entry ? Buffer.byteLength(entry.value) : 0);
  }
  if (total <= TRANSACTION_LIMIT_BYTES) return;
  const detail = `the transaction has ${total} bytes of keys and values; the limit is ${TRANSACTION_LIMIT_BYTES} (16 MiB)`;
  throw new AyesError("too-large", detail);
}

function keyOf(entry: CoreOperation | CoreCheck): string {
  return "key" in entry ? entry.key : `${entry.range.start ?? ""}${entry.range.end ?? ""}`;
}
