/** What a node tells of its turns to who looks on: the transactions that are to be shown, with long values cut. */

import { Hash } from "../../actors/hash.js";
import type { Message } from "../../actors/message.js";
import type { Event } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type { TxnId } from "../../actors/transaction.js";
import type { JournalLine } from "../journal.js";

/**
 * How much of the journal is wanted: all of it as it is, or this share of all transactions, cut to size. `recorded`: all,
 * and first from what the node goes on.
 */
export type Tap = "whole" | "recorded" | { share: number };

const TEXT_MOST = 200;
const ITEMS_MOST = 50;
const HASHES = 2 ** 53;

/** The part of a line that is wanted, if there is one. */
export function tapped(line: JournalLine, tap: Tap): JournalLine | undefined {
  if (tap === "whole" || tap === "recorded") return line;
  const shown = shownIn(line, tap.share);
  const part = shown.size > 0 && partOf(line, (txn) => txn !== undefined && shown.has(txn));
  return part ? cutLine(part) : undefined;
}

/** Every turn passes here while somebody looks on, and nearly none is told: so nothing is built before it is wanted. */
function shownIn({ inputs, records, messages }: JournalLine, share: number): Set<TxnId> {
  const shown = new Set<TxnId>();
  const look = (txn: TxnId | undefined) => {
    if (txn !== undefined && isAmong(txn, share)) shown.add(txn);
  };
  for (const event of inputs) look(txnIn(event));
  for (const { record } of records) look(subjectOf(record));
  for (const { body } of messages) look(subjectOf(body));
  return shown;
}

/** All that was said and written, each cut to size. */
export function cutLine(line: JournalLine): JournalLine {
  const { inputs, records, messages } = line;
  return { ...line, inputs: inputs.map(cut), records: records.map(cut), messages: messages.map(cut) };
}

/** Whether a transaction is one of this share of all. */
export function isAmong(txn: TxnId, share: number): boolean {
  return share >= 1 || new Hash().text(txn).digest() < share * HASHES;
}

/** The line as far as it is about these transactions. */
export function partOf(journal: JournalLine, isMeant: (txn: TxnId | undefined) => boolean): JournalLine | undefined {
  const { whole: _, ...line } = journal;
  const inputs = line.inputs.filter((event) => isMeant(txnIn(event)));
  const records = line.records.filter(({ record }) => isMeant(subjectOf(record)));
  const messages = line.messages.filter(({ body }) => isMeant(subjectOf(body)));
  if (inputs.length + records.length + messages.length === 0) return undefined;
  return { ...line, inputs, records, messages, keys: [] };
}

/** All transactions that a line is about. */
export function subjectsOf({ inputs, records, messages }: JournalLine): Set<TxnId> {
  const subjects = [
    ...inputs.map(txnIn),
    ...records.map(({ record }) => subjectOf(record)),
    ...messages.map(({ body }) => subjectOf(body)),
  ];
  return new Set(subjects.filter((txn) => txn !== undefined));
}

function txnIn(event: Event): TxnId | undefined {
  return event.kind === "message" ? subjectOf(event.body) : undefined;
}

function subjectOf(said: Message | LogRecord): TxnId | undefined {
  return "txn" in said ? said.txn : undefined;
}

/** The same with long texts, bytes and lists cut: for people to look at, no longer for anybody to act upon. */
function cut<T>(data: T): T {
  return cutAny(data) as T;
}

function cutAny(data: unknown): unknown {
  if (typeof data === "string") return data.length > TEXT_MOST ? `${data.slice(0, TEXT_MOST)}…` : data;
  if (typeof data !== "object" || data === null) return data;
  if (data instanceof Uint8Array) return `${data.length} bytes`;
  if (Array.isArray(data)) return data.slice(0, ITEMS_MOST).map(cutAny);
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, cutAny(value)]));
}
