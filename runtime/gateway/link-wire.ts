/** What crosses a link: the greeting, calls and replies in batches; keys and values of calls as the core has them. */

import type { Duplex } from "node:stream";
import type { Value as CoreValue } from "../../actors/transaction.js";
import type { Check, Key, Operation, Value } from "../api.js";
import type { Ballot } from "../ballot-api.js";
import { AyesError, type Why } from "../errors.js";
import { METHODS, type Method } from "../methods.js";
import type { Entry, ReadResult, ScanPage, Snapshot } from "../reading-api.js";
import { shownKey } from "../shown.js";
import { encodeFrame, FRAME_LIMIT_BYTES } from "../transport/frames.js";
import { decodeValue, encodeValue } from "../validation.js";
import type { ChangesPage, WatchEvent } from "../watching-api.js";

/** Where a connection asks to become a link. */
export const LINK_PATH = "/v1/link";
/** The name of what it becomes, in the header `upgrade`. */
export const LINK_NAME = "ayes";
/** Raised when what crosses the link changes its meaning. */
export const LINK_VERSION = 4;

/** The first frame of a server. */
export type Greeting = { ayes: number; cluster: string };
/** A client numbers its calls as it likes. */
export type Call = { id: number; method: Method; args: readonly unknown[] };
/** What became of the call with this number. Errors cross as values. */
export type Reply = { id: number; ok: unknown } | { id: number; error: Why };

/** An entry of a batch, with an upper bound of its bytes. */
export type Weighed = { entry: Call | Reply; weight: number };

/** A reader is slow when this much waits to be written. */
export const BACKLOG_BYTES = 16 * 1024 * 1024;
const BATCH_BYTES = 8 * 1024 * 1024;
/** No entry may be heavier, or its frame would be refused. */
export const WEIGHT_LIMIT = FRAME_LIMIT_BYTES - 1024;
const OVERHEAD_BYTES = 16;

/** At most how many bytes something takes in a frame. It must be plain and shallow, as calls and replies are. */
export function weigh(part: unknown): number {
  if (typeof part === "string") return part.length * 3 + OVERHEAD_BYTES;
  if (typeof part !== "object" || part === null) return OVERHEAD_BYTES;
  if (part instanceof Uint8Array) return part.length + OVERHEAD_BYTES;
  let weight = OVERHEAD_BYTES;
  if (Array.isArray(part)) for (const element of part) weight += weigh(element);
  else for (const [name, property] of Object.entries(part)) weight += name.length * 3 + weigh(property);
  return weight;
}

/** Writes a batch as one frame, or as few as their limit allows. */
export function writeBatch(socket: Duplex, entries: readonly Weighed[]): void {
  socket.cork();
  let batch: unknown[] = [];
  let weight = 0;
  for (const entry of entries) {
    if (batch.length > 0 && weight + entry.weight > BATCH_BYTES) {
      socket.write(encodeFrame(batch));
      batch = [];
      weight = 0;
    }
    batch.push(entry.entry);
    weight += entry.weight;
  }
  if (batch.length > 0) socket.write(encodeFrame(batch));
  socket.uncork();
}

/** Whether a first frame greets, in whatever version. */
export function isGreeting(payload: unknown): payload is Greeting {
  const { ayes, cluster } = Object(payload) as Partial<Greeting>;
  return typeof ayes === "number" && typeof cluster === "string";
}

/** Whether this has the shape of a call. Its method may be unknown and its arguments bad. */
export function isCall(entry: unknown): entry is { id: number; method: string; args: unknown[] } {
  const { id, method, args } = Object(entry) as Record<string, unknown>;
  return Number.isSafeInteger(id) && typeof method === "string" && Array.isArray(args);
}

/** Whether this has the shape of a reply. */
export function isReply(entry: unknown): entry is Reply {
  const reply = Object(entry) as Record<string, unknown>;
  return typeof reply.id === "number" && (Object.hasOwn(reply, "ok") || typeof reply.error === "object");
}

/** Whether a connection may call this. */
export function isMethod(method: string): method is Method {
  return (METHODS as readonly string[]).includes(method);
}

/** A value of a caller from the text or bytes that crossed. */
export function readValue(value: unknown): Value {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw new AyesError("invalid", "a value must cross a link as JSON text or bytes");
  try {
    return decodeValue(value);
  } catch {
    throw new AyesError("invalid", "a value that crossed the link is not JSON");
  }
}

/** A key of a caller from the text that crossed; what is none is left to fail later. */
export function readKey(key: unknown): Key {
  return typeof key === "string" ? shownKey(key) : (key as Key);
}

/** Operations or checks of a caller from those that crossed. What is no list is left to fail later. */
export function readEntries(entries: unknown): unknown {
  return Array.isArray(entries) ? entries.map(readEntry) : entries;
}

function readEntry(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
  const { key, value } = entry as { key?: unknown; value?: unknown };
  return {
    ...entry,
    ...(Object.hasOwn(entry, "key") && { key: readKey(key) }),
    ...(Object.hasOwn(entry, "value") && { value: readValue(value) }),
  };
}

/** What crosses as the answer to `snapshot`: values as core values. */
export type WireSnapshot = Omit<Snapshot, "entries" | "pages"> & {
  entries: Wire<ReadResult>[];
  pages: (Omit<ScanPage, "entries"> & { entries: Wire<Entry>[] })[];
};

type Wire<T> = Omit<T, "value"> & { value: CoreValue | undefined };

/** The answer to `snapshot`, ready to cross. */
export function writeSnapshot({ entries, pages, ...reading }: Snapshot): WireSnapshot {
  const write = <T extends { value: Value | undefined }>(entry: T): Wire<T> => {
    return { ...entry, value: entry.value === undefined ? undefined : encodeValue(entry.value) };
  };
  return {
    ...reading,
    entries: entries.map(write),
    pages: pages.map((page) => ({ ...page, entries: page.entries.map(write) })),
  };
}

/** The answer to `snapshot` that crossed. */
export function readSnapshot({ entries, pages, ...reading }: WireSnapshot): Snapshot {
  return {
    ...reading,
    entries: entries.map((entry) => ({ ...entry, value: readIfAny(entry.value) })),
    pages: pages.map((page) => ({
      ...page,
      entries: page.entries.map((entry) => ({ ...entry, value: decodeValue(entry.value as CoreValue) })),
    })),
  };
}

/** The answer to `changes`, likewise. */
export type WireChanges = { events: WireEvent[]; position: string };
type WireEvent = Omit<WatchEvent, "changes"> & { changes: { key: Key; value: CoreValue | undefined }[] };

export function writeChanges({ events, position }: ChangesPage): WireChanges {
  const write = (value: Value | undefined) => (value === undefined ? undefined : encodeValue(value));
  const cross = ({ changes, ...event }: WatchEvent) => {
    return { ...event, changes: changes.map(({ key, value }) => ({ key, value: write(value) })) };
  };
  return { events: events.map(cross), position };
}

export function readChanges({ events, position }: WireChanges): ChangesPage {
  const cross = ({ changes, ...event }: WireEvent) => {
    return { ...event, changes: changes.map(({ key, value }) => ({ key, value: readIfAny(value) })) };
  };
  return { events: events.map(cross), position };
}

/** The answer to `ballots`: what people are asked about has values, too. */
export function writeBallots(ballots: readonly Ballot[]): object[] {
  const cross = (entry: object) => ("value" in entry ? { ...entry, value: encodeValue(entry.value) } : entry);
  return ballots.map((ballot) => {
    return { ...ballot, operations: ballot.operations.map(cross), checks: ballot.checks.map(cross) };
  });
}

export function readBallots(ballots: readonly Ballot[]): Ballot[] {
  return ballots.map((ballot) => {
    const operations = readEntries(ballot.operations) as Operation[];
    return { ...ballot, operations, checks: readEntries(ballot.checks) as Check[] };
  });
}

function readIfAny(value: CoreValue | undefined): Value | undefined {
  return value === undefined ? undefined : decodeValue(value);
}
