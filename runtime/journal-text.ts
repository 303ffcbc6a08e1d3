/** A journal line as one line of text: what came in `<`, was forced `!` or noted `~`, changed `=`, and went out `>`. */

import { constraintAt, kindText } from "../actors/constraint.js";
import { expiryIn, isExpiry } from "../actors/expiry.js";
import { markIn, pathIn } from "../actors/file.js";
import { VIEW_KEY } from "../actors/membership/view.js";
import type { MembershipMessage, Message, Page, Read, Values } from "../actors/message.js";
import type { Event } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { Key, KeyRange, Standing, Stored, Why } from "../actors/transaction.js";
import type { JournalLine } from "./journal.js";

const DIGEST_SHOWN = 8;

export function journalText({ node, inputs, records, keys, messages }: JournalLine): string {
  const forced = records.filter((append) => append.forced).map(({ record }) => recordText(record));
  const noted = records.filter((append) => !append.forced).map(({ record }) => recordText(record));
  const said: [string, string[]][] = [
    ["<", grouped(inputs.map(eventText))],
    ["!", forced],
    ["~", noted],
    ["=", keys.map(keyText)],
    [">", grouped(messages.map(({ target, body }) => ({ text: messageText(body), peer: target })))],
  ];
  const parts = said.map(([sign, texts]) => part(sign, texts));
  return `${node} ${parts.filter(Boolean).join(" | ")}`;
}

/** The cluster's own keys are not fit to be seen. */
export function keyText(key: Key): string {
  if (key === VIEW_KEY) return "(members)";
  if (isExpiry(key)) {
    const { at, key: what } = expiryIn(key);
    return `(${what} expires at ${at})`;
  }
  const path = pathIn(key);
  if (path !== undefined) return `(file ${path})`;
  const mark = markIn(key);
  if (mark) return `(${mark.path} needs ${mark.digest.slice(0, DIGEST_SHOWN)})`;
  const constraint = constraintAt(key);
  return constraint ? `(${kindText(constraint.kind)} on ${constraint.prefix})` : key;
}

export function rangeText({ start = "", end = "" }: KeyRange): string {
  return `[${keyText(start)} to ${keyText(end)})`;
}

/** A message without its operations. */
export function messageText(body: Message): string {
  switch (body.kind) {
    case "vote":
      return `vote ${body.txn} ${body.vote}${whyText(body.why)}`;
    case "decide":
      return `decide ${body.txn} ${body.outcome}${whyText(body.why)}`;
    case "outcome":
      return `outcome ${body.txn} ${standingText(body.standing)}${body.refused ? ` refused${whyText(body.refused)}` : ""}`;
    case "ask":
      return `ask ${body.txn}${body.settle ? " settle" : ""}`;
    case "read":
      return `read ${questionText(body)} ${body.consistency}`;
    case "values":
      return `values ${valuesText(body)}${body.waited ? " waited" : ""}`;
    case "follow":
      return `follow ${body.since ?? "now"}${body.prefix === undefined ? "" : ` ${body.prefix}`}`;
    case "changes":
      return `changes ${changesText(body)}`;
    case "verdict":
      return `verdict ${body.txn} ${body.yes ? "yes" : "no"}`;
    case "lapsed":
      return "lapsed";
    case "force":
      return `force ${body.txn} ${body.outcome}`;
    default:
      return "txn" in body ? `${body.kind} ${body.txn}` : membershipText(body);
  }
}

function membershipText(body: MembershipMessage): string {
  switch (body.kind) {
    case "join":
      return `join ${body.number} ${body.up.join("+")}${body.inDoubt ? " in doubt" : ""}`;
    case "offer":
      return `offer ${body.versions.map(([key, version]) => `${keyText(key)}@${version ?? "none"}`).join(" ")}`;
    case "want":
      return `want ${body.keys.map(keyText).join(" ") || "nothing"}`;
    case "rows":
      return `rows ${body.entries.map(({ key }) => keyText(key)).join(" ")}`;
    case "ends":
      return `ends ${body.records.map(({ txn }) => txn).join(" ") || "none"}`;
  }
}

/** `a [b to c) holding 2`. */
function questionText({ keys, ranges = [], held = [] }: Read): string {
  const wanted = [...keys, ...ranges.map(({ range }) => rangeText(range))];
  return [...wanted, ...(held.length > 0 ? [`holding ${held.length}`] : [])].join(" ");
}

function valuesText({ values = [], pages = [], blocked, changed }: Values): string {
  if (blocked) return `blocked by ${blocked.txn} at ${blocked.key}`;
  if (changed) return `changed ${changed.key === undefined ? changed.detail : keyText(changed.key)}`;
  return [...values.map(storedText), ...pages.map(pageText)].join(" ");
}

function pageText({ entries, more }: Page): string {
  const texts = entries.map(({ key, stored }) => `${keyText(key)}=${storedText(stored)}`);
  return `[${[...texts, ...(more ? ["more"] : [])].join(" ")}]`;
}

function storedText(stored: Stored | undefined): string {
  return stored ? `${stored.value}@${stored.version}` : "none";
}

function changesText({ changes = [], upTo, begin }: Extract<Message, { kind: "changes" }>): string {
  if (begin !== undefined) return `begin at ${begin}`;
  const texts = changes.map(({ position, txn, writes }) => {
    return `${position} ${txn} ${writes.map(({ key, value }) => `${key}=${value ?? "none"}`).join(" ")}`;
  });
  return `${texts.map((text) => `${text}; `).join("")}up to ${upTo}`;
}

/** A record without its writes. */
export function recordText(record: LogRecord): string {
  switch (record.kind) {
    case "prepared":
      return `prepared ${record.txn}`;
    case "survived":
      return `survived ${record.number} ${record.up.join("+")}`;
    case "precommitted":
      return `precommitted ${record.txn}`;
    case "regrouped": {
      const round = record.round > 0 ? ` round ${record.round}` : "";
      return `regrouped ${record.txn} ${record.group.join("+")}${round}`;
    }
    case "forgotten":
      return `forgotten ${record.txns.length} as ${record.role}`;
    case "forced":
      return `forced ${record.txn} ${record.outcome} (${record.reason})`;
    case "mismatched":
      return `mismatched ${record.txn} ${record.real.outcome}`;
    case "ended":
      return `ended ${record.txn} ${record.outcome}`;
    default:
      return `${record.kind} ${record.txn} ${record.outcome}${whyText(record.why)}`;
  }
}

function eventText(event: Event): { text: string; peer: string } {
  switch (event.kind) {
    case "message":
      return { text: messageText(event.body), peer: event.source };
    case "peer":
      return { text: `${event.node} ${event.up ? "up" : "down"}`, peer: "detector" };
    case "alarm":
      return { text: "alarm", peer: "clock" };
  }
}

function standingText(standing: Standing): string {
  return standing.state === "aborted" ? `aborted${whyText(standing.why)}` : standing.state;
}

function whyText(why: Why | undefined): string {
  if (!why) return "";
  const about = [
    why.key !== undefined && keyText(why.key),
    why.file !== undefined && `file ${why.file}`,
    why.winner && `to ${why.winner}`,
    why.node && `at ${why.node}`,
  ].filter(Boolean);
  // A veto is as good as its reason; the others say all with their code.
  const said = why.code === "vetoed" || why.constraint !== undefined ? [why.constraint, why.detail] : [];
  const reason = said.filter((text) => text !== undefined).join(": ");
  return ` (${[why.code, ...about].join(" ")}${reason && `: ${reason}`})`;
}

function part(mark: string, texts: readonly string[]): string {
  return texts.length > 0 ? `${mark} ${texts.join(", ")}` : "";
}

/** Equal texts to or from several peers are said once. */
function grouped(items: readonly { text: string; peer: string }[]): string[] {
  const peers = new Map<string, string[]>();
  for (const { text, peer } of items) peers.set(text, [...(peers.get(text) ?? []), peer]);
  return [...peers].map(([text, names]) => `${text} [${names.join(" ")}]`);
}
