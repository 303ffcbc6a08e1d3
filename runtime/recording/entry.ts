/** A recording: one entry a line, from which every node can be run again turn by turn. */

import type { NodeSnapshot } from "../../actors/node.js";
import type { Settings } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type { Key, Millis, NodeId, ProtocolName, Reach, Stored } from "../../actors/transaction.js";
import type { Validator } from "../../actors/validator.js";
import { type Membership, SETTINGS, type Shape } from "../config.js";
import type { JournalLine } from "../journal.js";
import type { Life } from "../tracing-api.js";

/** The layout of a recording. Raised when an older program could not read a newer one. */
export const FORMAT = 1;

/** What was recorded: the first entry. */
export type Heading = {
  kind: "recording";
  format: typeof FORMAT;
  cluster: string;
  at: Millis;
  coordinators: NodeId[];
  replicas: NodeId[];
  protocol: ProtocolName;
  membership: Membership;
  settings: Settings;
};

export function headingOf(shape: Shape, settings: Partial<Settings> | undefined): Heading {
  const { cluster, coordinators, replicas, protocol, membership } = shape;
  const named = { cluster, coordinators, replicas, protocol, membership };
  return { kind: "recording", format: FORMAT, ...named, at: Date.now(), settings: { ...SETTINGS, ...settings } };
}

/** From what a node went on: told when it starts, and when recording begins while it runs. Its rows follow. */
export type Standpoint = {
  kind: "standpoint";
  node: NodeId;
  epoch: number;
  /** Turns of this incarnation so far. */
  turn: number;
  at: Millis;
  reach: Reach;
  /** The log, oldest record first. */
  records: LogRecord[];
  /** Records that are not on disk yet. */
  lazy: LogRecord[];
  validator: Validator;
  /** What its core knew beyond what a replay of the log would tell; only in the middle of a life. */
  core?: NodeSnapshot;
};

/** A key with what it held at the standpoint before. */
export type StoredRow = [Key, Stored["value"], Stored["version"]];
export type Rows = { kind: "rows"; node: NodeId; rows: StoredRow[] };

/** What a node tells of itself for a recording, beside its turns. */
export type Told = Standpoint | Rows;

export type Entry =
  | Heading
  | Told
  | { kind: "turn"; line: JournalLine }
  | { kind: "life"; life: Life }
  /** The recording ends here, before the run did. */
  | { kind: "given-up"; reason: string };

/** As one line of JSON, with its line end. Of the entries of one node the order is that in which they happened. */
export function lineOf(entry: Entry): string {
  return `${textOf(entry)}\n`;
}

/** Plain data as JSON, bytes and numbers that are not finite included. */
export function textOf(data: unknown): string {
  return JSON.stringify(data, replaced);
}

/** Throws what `JSON.parse` throws. */
export function entryIn(line: string): Entry {
  return JSON.parse(line, revived) as Entry;
}

// A method, so that it is told in what it stands: bytes would be turned into an object before it sees them.
function replaced(this: unknown, name: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[name];
  if (given instanceof Uint8Array) return { $bytes: Buffer.from(given).toString("base64") };
  return typeof value === "number" && !Number.isFinite(value) ? { $number: String(value) } : value;
}

function revived(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  return "$number" in value ? Number(value.$number) : value;
}
