/** What is held at a node as people see it: keys as they were given, long values and lists cut. */

import type { Message } from "../../actors/message.js";
import type { Output } from "../../actors/protocol.js";
import type { Check, Operation } from "../../actors/transaction.js";
import { messageText, recordText } from "../journal-text.js";
import { shownLocks, shownSubject, shownText, shownWhy } from "../shown.js";
import type { Held } from "../stepping-api.js";
import type { HeldHere } from "./gate.js";

type Numbered<Item> = Item extends unknown ? Omit<Item, "id" | "node" | "after"> : never;

/** With the numbers of its node. */
export type HeldAtNode = Numbered<Held> & { number: number; after?: number };

const VALUE_SHOWN = 200;
const ENTRIES_SHOWN = 20;

export function shownHeld(held: HeldHere): HeldAtNode {
  const { number, at, after } = held;
  const numbers = { number, at: Math.round(at), ...(after !== undefined && { after }) };
  if (held.kind === "commit") return { ...numbers, kind: "commit", ...shownOutput(held.output) };
  const { source, body } = held;
  const txn = "txn" in body ? body.txn : undefined;
  return { ...numbers, kind: "message", txn, source, says: shownText(messageText(body)), body: shownBody(body) };
}

function shownOutput({ records, writes }: Output) {
  const shown = records.map(({ record, forced }) => {
    return { kind: record.kind, ...("txn" in record && { txn: record.txn }), forced };
  });
  const forced = records.filter((append) => append.forced || writes.length > 0).map(({ record }) => recordText(record));
  const { keys } = shownLocks(writes.map(({ key }) => key));
  const txn = shown.find((record) => record.forced)?.txn ?? shown[0]?.txn;
  return { txn, says: `about to force ${shownText(forced.join(", "))}`, records: shown, keys };
}

function shownBody(body: Message): { kind: string } {
  if (!("operations" in body)) return { ...body, ...("why" in body && body.why && { why: shownWhy(body.why) }) };
  const { operations, checks, ...rest } = body;
  const entries = [...operations, ...checks];
  const more = entries.length - ENTRIES_SHOWN;
  const shown = { contents: entries.slice(0, ENTRIES_SHOWN).map(brief), ...(more > 0 && { more }) };
  return { ...rest, ...shown };
}

function brief(entry: Operation | Check): object {
  const { op, is } = entry as { op?: string; is?: string };
  const subject = "key" in entry ? shownSubject(entry.key) : {};
  return { ...(op && { op }), ...(is && { is }), ...subject, ...("value" in entry && { value: cut(entry.value) }) };
}

/** The text of its JSON, or what it is. */
function cut(value: string | Uint8Array): string {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  return value.length > VALUE_SHOWN ? `${value.slice(0, VALUE_SHOWN)}…` : value;
}
