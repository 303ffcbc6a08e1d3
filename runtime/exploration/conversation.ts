/** The way to a state as a conversation in the form of the golden files: commands, and what is heard after each. */

import type { Message } from "../../actors/message.js";
import { Broken } from "../../actors/protocol.js";
import { released } from "../journal.js";
import { journalText, messageText, recordText } from "../journal-text.js";
import { type Actor, crash, type Happening, type Letter, start, type Turn, takeTurn } from "./actor.js";
import { CLIENT, lettersOf } from "./cast.js";
import { type Cluster, type ClusterState, type Deed, VETO } from "./cluster.js";
import type { Step } from "./transition-system.js";

const DELIVER = "deliver ";

/** One command with what it leads to. */
type Act = {
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

/** The lines of the conversation. Turns that nothing later depends on are left out. */
export function conversation(
  cluster: Cluster,
  begin: ClusterState,
  path: readonly Step<ClusterState, Deed>[],
): string[] {
  const rehearsal = new Rehearsal(cluster, begin);
  for (const { label } of path) {
    rehearsal.whisper();
    rehearsal.perform(label);
  }
  rehearsal.whisper();
  const acts = needed(rehearsal.acts, path.at(-1)?.state.flaw !== undefined);
  address(acts, (letter) => commandOf(cluster.cast.happening(letter)));
  return [...opening(cluster, begin), ...acts.flatMap(textOf)];
}

/** What each node is at the end, in a sentence. */
export function ending({ cast, nodes }: Cluster, actors: readonly number[]): string {
  const phrases = nodes.map((node, index) => {
    const { disk, running } = cast.actor(actors[index] ?? 0);
    const records = [...disk.log, ...(running?.lazy ?? [])].map((record) => recordText(record));
    return `${node} is ${running ? "up" : "down"}${records.length > 0 ? ` (${records.join(", ")})` : ""}`;
  });
  return `${phrases.join("; ")}.`;
}

/** The nodes, and who holds what makes it vote no. */
function opening({ cast, nodes }: Cluster, { actors }: ClusterState): string[] {
  const refusing = nodes.filter((_, index) => cast.actor(actors[index] ?? 0).disk.data.length > 0);
  return [`> nodes ${nodes.join(" ")}`, ...refusing.map((node) => `> hold ${node} ${VETO}`)];
}

/** Plays a path again with actors of its own, since those of the cast stand for several that differ a little. */
class Rehearsal {
  readonly acts: Act[] = [];
  readonly #cluster: Cluster;
  readonly #actors: Actor[];
  readonly #possible: Map<number, Happening>;

  constructor(cluster: Cluster, { actors, possible }: ClusterState) {
    this.#cluster = cluster;
    this.#actors = actors.map((number) => cluster.cast.actor(number));
    this.#possible = new Map(possible.map((number) => [number, cluster.cast.happening(number)]));
  }

  perform(deed: Deed): void {
    const { cast, nodes } = this.#cluster;
    const node = nodes[deed.on] ?? "";
    const actor = this.#actors[deed.on];
    if (!actor) return;
    if (deed.does === "turn") return this.#turn(deed.happening, false);
    const after = deed.does === "crash" ? crash(actor, deed.kept) : start(node, actor.disk, cast.play);
    this.#actors[deed.on] = after;
    const words = this.#cluster.wordsAfter(
      deed.does,
      deed.on,
      this.#actors.map((other) => other.running !== undefined),
    );
    const gives = words.map((word) => this.#give(word));
    const how = deed.does === "crash" && deed.kept ? "unnoticed flushed" : "unnoticed";
    this.#add({ command: `${deed.does} ${node} ${how}`, gives });
    if (deed.does === "restart") this.#ring(node);
  }

  /** All that changes nobody and makes something new possible. */
  whisper(): void {
    const { cast } = this.#cluster;
    // A map that grows while it is walked through is walked to its new end.
    for (const number of this.#possible.keys()) {
      const on = cast.place(number);
      const actor = cast.actorNumber(this.#actors[on] as Actor);
      const { actor: after, sent, told, flaw } = cast.turn(actor, number);
      const fresh = told !== 0 || sent.some((letter) => !this.#possible.has(letter));
      if (after === actor && fresh && !flaw) this.#turn(number, true);
    }
  }

  /** What a node finds overdue rings as soon as it is back. */
  #ring(node: string): void {
    const { cast } = this.#cluster;
    const alarm = cast.happeningNumber({ kind: "alarm", target: node });
    const actor = this.#actors[cast.place(alarm)];
    if (actor && cast.turn(cast.actorNumber(actor), alarm).sent.length > 0) {
      this.#turn(alarm, false);
      // The restart itself is the command.
      const ring = this.acts.pop();
      const restart = this.acts.at(-1);
      if (ring && restart) Object.assign(restart, { heard: ring.heard, gives: [...restart.gives, ...ring.gives] });
    }
  }

  #turn(number: number, silent: boolean): void {
    const { cast } = this.#cluster;
    const on = cast.place(number);
    const actor = this.#actors[on];
    const happening = this.#possible.get(number);
    if (!actor?.running || !happening) return;
    const command = commandOf(happening);
    try {
      const turn = takeTurn(actor, actor.running, happening, cast.play);
      this.#actors[on] = turn.actor;
      const letters = lettersOf(turn.actor, turn.sent);
      const gives = letters.filter(({ target }) => target !== CLIENT).map((letter) => this.#give(letter));
      const tells = letters.filter(({ target }) => target === CLIENT);
      this.#add({ command, uses: number, heard: heardOf(turn), gives, tells, silent });
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#add({ command, uses: number, heard: [`${actor.node} is broken: ${error.message}`] });
    }
  }

  #give(happening: Happening): number {
    const number = this.#cluster.cast.happeningNumber(happening);
    if (!this.#possible.has(number)) this.#possible.set(number, happening);
    return number;
  }

  #add(act: Partial<Act> & { command: string }): void {
    this.acts.push({ heard: [], gives: [], tells: [], silent: false, copies: 0, place: 0, ...act });
  }
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

function commandOf(happening: Happening): string {
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
  if (body.kind === "ask") return messageText(body);
  return `${DELIVER}${body.kind} ${target} ${txnOf(body)} ${source}`;
}

function requestText({ operations, checks }: Extract<Message, { kind: "begin" }>): string {
  const clauses = checks.map(({ key, is }) => `check ${key} ${is}`);
  return [
    ...clauses,
    ...operations.map((operation) => `put ${operation.key} ${"value" in operation ? operation.value : ""}`),
  ].join(", ");
}

function txnOf(body: Message): string {
  return "txn" in body ? body.txn : "";
}

function heardOf({ actor, inputs, output }: Turn): string[] {
  const { records, writes, messages } = output;
  const eventful = records.length + messages.length > 0 || inputs.some(({ kind }) => kind === "message");
  if (!eventful) return [];
  const line = { node: actor.node, epoch: actor.disk.epoch, turn: 0, at: 0, inputs, records, flushed: false };
  return [journalText({ ...line, keys: writes.map(({ key }) => key), messages: released(messages) })];
}
