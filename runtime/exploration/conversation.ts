/** The way to a state as a conversation in the form of the golden files: commands, and what is heard after each. */

import type { Message } from "../../actors/message.js";
import { released } from "../journal.js";
import { journalText, messageText, recordText } from "../journal-text.js";
import type { Actor, Happening, Letter, Turn } from "./actor.js";
import { CLIENT } from "./cast.js";

const DELIVER = "deliver ";

/** One command with what it leads to. */
export type Act = {
  command: string;
  heard: string[];
  /** The happening that it let happen. */
  uses?: number;
  /** What became possible by it. */
  gives: number[];
  tells: Letter[];
  /** Whether it changed nobody, so that it is told only if something later needs it. */
  silent: boolean;
  /** How often its message is copied before. */
  copies: number;
  /** Which message it is, of all with the same address, the oldest first. */
  place: number;
};

/** An act of which no more is said. */
export function act(known: Partial<Act> & { command: string }): Act {
  return { heard: [], gives: [], tells: [], silent: false, copies: 0, place: 0, ...known };
}

/** The lines of what was acted. Turns that nothing later depends on are left out. */
export function linesOf(acted: readonly Act[], flawed: boolean, commandOfLetter: (letter: number) => string): string[] {
  const acts = needed(acted, flawed);
  address(acts, commandOfLetter);
  return acts.flatMap(textOf);
}

/** What each node is at the end, in a sentence. */
export function ending(actors: readonly Actor[]): string {
  const phrases = actors.map(({ node, disk, running }) => {
    const records = [...disk.log, ...(running?.lazy ?? [])].map((record) => recordText(record));
    return `${node} is ${running ? "up" : "down"}${records.length > 0 ? ` (${records.join(", ")})` : ""}`;
  });
  return `${phrases.join("; ")}.`;
}

/** Those acts on which the end depends: all that changed somebody, and what sent or told something that matters. */
function needed(acts: readonly Act[], flawed: boolean): Act[] {
  const wanted = new Set<number>();
  const told = new Set(acts.filter(({ silent }) => !silent).flatMap(finals));
  // Where an assumption broke, the last answer may be what broke it.
  const last = flawed ? acts.findLast(({ tells }) => tells.length > 0) : undefined;
  const kept: Act[] = [];
  for (const [index, act] of [...acts.entries()].reverse()) {
    const isFirst = (letter: number) => !acts.slice(0, index).some(({ gives }) => gives.includes(letter));
    const sends = act.gives.some((letter) => wanted.has(letter) && isFirst(letter));
    const answers = act === last || finals(act).some((final) => !told.has(final));
    if (act.silent && !sends && !answers) continue;
    for (const final of finals(act)) told.add(final);
    if (act.uses !== undefined) wanted.add(act.uses);
    kept.unshift(act);
  }
  return kept;
}

/** Answers to a client that must stay true. */
function finals({ tells }: Act): string[] {
  return tells.flatMap(({ body }) =>
    body.kind === "outcome" && /committed|aborted/.test(body.standing.state)
      ? [`${body.txn} ${body.standing.state}`]
      : [],
  );
}

/**
 * The explorer's network keeps every letter. On a stage, one that is to arrive again has to be copied before, and of
 * several with the same address it has to be said which.
 */
function address(acts: readonly Act[], commandOfLetter: (letter: number) => string): void {
  const last = new Map<number, Act>();
  let flights: { letter: number; command: string }[] = [];
  for (const act of acts) {
    const { uses, command } = act;
    if (uses !== undefined && command.startsWith(DELIVER)) {
      const sameAddress = flights.filter((flight) => flight.command === command);
      const place = sameAddress.findIndex(({ letter }) => letter === uses);
      const earlier = last.get(uses);
      if (place < 0 && earlier) {
        earlier.copies += 1;
        return address(acts, commandOfLetter);
      }
      act.place = place;
      const copies = Array.from({ length: act.copies }, () => ({ letter: uses, command }));
      flights = [...flights.filter((flight) => flight !== sameAddress[place]), ...copies];
      last.set(uses, act);
    }
    flights.push(...act.gives.map((letter) => ({ letter, command: commandOfLetter(letter) })));
  }
}

function textOf({ command, heard, tells, copies, place }: Act): string[] {
  const which = place > 0 ? ` ${place + 1}` : "";
  const copied = Array<string>(copies).fill(`> copy ${command.slice(DELIVER.length)}${which}`);
  const answers = tells.flatMap(({ source, body }) => [
    `> ${DELIVER}outcome ${CLIENT} ${txnOf(body)} ${source}`,
    `    ${CLIENT} < ${messageText(body)}`,
  ]);
  return [...copied, `> ${command}${which}`, ...heard.map((line) => `    ${line}`), ...answers];
}

export function commandOf(happening: Happening): string {
  switch (happening.kind) {
    case "letter":
      return letterCommand(happening);
    case "word":
      return `hear ${happening.target} ${happening.node} ${happening.up ? "up" : "down"}`;
    default:
      return `${happening.kind} ${happening.target}`;
  }
}

function letterCommand({ source, target, body }: Letter): string {
  if (body.kind === "begin") return `begin ${body.txn} ${requestText(body)}`;
  if (body.kind === "ask") return target.startsWith("c") ? messageText(body) : `${messageText(body)} ${target}`;
  return `${DELIVER}${body.kind} ${target} ${txnOf(body)} ${source}`;
}

function requestText({ operations, checks }: Extract<Message, { kind: "begin" }>): string {
  const clauses = checks.map(
    (check) => `check ${"key" in check ? check.key : JSON.stringify(check.range)} ${check.is}`,
  );
  return [
    ...clauses,
    ...operations.map((operation) => `put ${operation.key} ${"value" in operation ? operation.value : ""}`),
  ].join(", ");
}

function txnOf(body: Message): string {
  return "txn" in body ? body.txn : "";
}

export function heardOf({ actor, inputs, output }: Turn): string[] {
  const { records, writes, messages } = output;
  const eventful = records.length + messages.length > 0 || inputs.some(({ kind }) => kind === "message");
  if (!eventful) return [];
  const line = { node: actor.node, epoch: actor.disk.epoch, turn: 0, at: 0, inputs, records, flushed: false };
  return [journalText({ ...line, keys: writes.map(({ key }) => key), messages: released(messages) })];
}
