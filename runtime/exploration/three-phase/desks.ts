/** A process with the letters that may reach it: all that decides what it does next, worked out once. */

import { isEnd } from "../../../actors/record.js";
import type { NodeId, Outcome } from "../../../actors/transaction.js";
import type { Actor, Happening, Word } from "../actor.js";
import { type Cast, CLIENT, TOLD } from "../cast.js";
import { once } from "../once.js";
import { TooManyStates } from "../transition-system.js";

/** A number of an actor, and of the letters that may reach it in this life of it, sorted. */
export type Desk = { actor: number; inbox: readonly number[] };

/** What becomes of a desk when something happens, and the letters that leave it. */
export type Change = { happening: number; desk: number; sent: readonly number[]; flaw?: string | undefined };

const MOST = 0xffffff;
const NONE: readonly never[] = [];
/** A desk has few changes, and there are many desks. */
type Changes = readonly Change[];

export class Desks {
  /** Of each process: its alarm, and the commit of what it has not forced. They are always possible. */
  readonly rings: readonly (readonly number[])[];
  readonly #cast: Cast;
  readonly #numbers = new Map<string, number>();
  readonly #desks: Desk[] = [];
  /** What a running process was last told of each other one, by its actor. */
  readonly heard: (actor: number) => readonly (Required<Word> | undefined)[];
  readonly #changes: Changes[] = [];
  readonly #says: (readonly number[])[] = [];
  readonly #happens: Changes[] = [];
  readonly #receives: Changes[] = [];
  /** Many changes send the same. */
  readonly #lists = new Map<string, readonly number[]>();

  constructor(cast: Cast) {
    this.#cast = cast;
    const { nodes } = cast.play;
    this.heard = once((actor) => this.#wordsOf(actor));
    const number = (happening: Happening) => cast.happeningNumber(happening);
    this.rings = nodes.map((target) => [number({ kind: "alarm", target }), number({ kind: "flush", target })]);
  }

  /** The same number for an equal desk. */
  number(actor: number, inbox: readonly number[] = NONE): number {
    const key = String.fromCharCode(actor, ...inbox);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#desks.push({ actor, inbox }) - 1;
    if (number > MOST) throw new TooManyStates(MOST, "states of single processes");
    this.#numbers.set(key, number);
    return number;
  }

  actor(desk: number): number {
    return this.#desk(desk).actor;
  }

  /** What may happen to it and changes it: a letter, its alarm, or the commit of what it has not forced. */
  changes(desk: number): readonly Change[] {
    this.#changes[desk] ??= this.#changesOf(desk);
    return this.#changes[desk];
  }

  /** What it can send without changing. */
  says(desk: number): readonly number[] {
    this.#says[desk] ??= this.#saysOf(desk);
    return this.#says[desk];
  }

  /** What becomes of it when this happens. What it says after that, without changing again, is sent too. */
  happen(desk: number, happening: number): Change {
    const known = this.#happens[desk] ?? NONE;
    const found = known.find((change) => change.happening === happening);
    if (found) return found;
    const change = this.#happen(desk, happening);
    this.#happens[desk] = [...known, change];
    return change;
  }

  /** What becomes of it when this letter is on its way to it. */
  receive(desk: number, letter: number): Change {
    const known = this.#receives[desk] ?? NONE;
    const found = known.find((change) => change.happening === letter);
    if (found) return found;
    const change = this.#receive(desk, letter);
    this.#receives[desk] = [...known, change];
    return change;
  }

  /** Whether it only answers from now on, until it fails. It takes every letter then, and needs no word. */
  isFinished(actor: number): boolean {
    const { open = [], finished = [] } = this.#cast.actor(actor).running?.core.participating ?? {};
    return open.length === 0 && finished.length > 0;
  }

  #desk(number: number): Desk {
    return this.#desks[number] as Desk;
  }

  #happen(desk: number, happening: number): Change {
    const { actor, inbox } = this.#desk(desk);
    const { actor: after, sent, told, flaw } = this.#cast.turn(actor, happening);
    const letters = inbox.filter((letter) => !(letter === happening && this.#isOnce(letter)));
    const became = this.#keep(after, letters);
    return {
      happening,
      desk: became.desk,
      sent: this.#list([...sent, ...became.sent]),
      flaw: flaw ?? hasty(told, this.#cast.actor(after)),
    };
  }

  /** A process that has changed keeps the letters that may still reach it. One that has finished answers them all. */
  #keep(actor: number, letters: readonly number[]): { desk: number; sent: readonly number[] } {
    if (this.isFinished(actor)) {
      const answers = letters.flatMap((letter) => this.#cast.turn(actor, letter).sent);
      return { desk: this.number(actor), sent: answers };
    }
    const words = this.heard(actor);
    const desk = this.number(
      actor,
      letters.filter((letter) => !this.#isOver(words, letter)),
    );
    return { desk, sent: this.says(desk) };
  }

  #receive(desk: number, letter: number): Change {
    const { actor, inbox } = this.#desk(desk);
    const ignored = { happening: letter, desk, sent: NONE };
    if (!this.#cast.isUp(actor) || inbox.includes(letter)) return ignored;
    if (this.isFinished(actor)) return { ...ignored, sent: this.#list(this.#cast.turn(actor, letter).sent) };
    const words = this.heard(actor);
    if (this.#isOver(words, letter)) return ignored;
    const { actor: after, sent } = this.#cast.turn(actor, letter);
    const answers = after === actor && this.#isDue(words, letter) ? this.#list(sent) : NONE;
    const filled = [...inbox, letter].sort((left, right) => left - right);
    return { ...ignored, desk: this.number(actor, filled), sent: answers };
  }

  #changesOf(desk: number): Change[] {
    const { actor } = this.#desk(desk);
    return this.#possible(desk)
      .map((happening) => ({ happening, consequence: this.#cast.turn(actor, happening) }))
      .filter(({ consequence }) => consequence.actor !== actor || consequence.flaw !== undefined)
      .map(({ happening }) => this.happen(desk, happening));
  }

  #saysOf(desk: number): readonly number[] {
    const { actor } = this.#desk(desk);
    const silent = this.#possible(desk)
      .map((happening) => this.#cast.turn(actor, happening))
      .filter((consequence) => consequence.actor === actor);
    return this.#list(silent.flatMap(({ sent }) => sent));
  }

  /** Each letter once; equal lists are one. */
  #list(letters: readonly number[]): readonly number[] {
    const list = [...new Set(letters)];
    const key = list.join();
    const known = this.#lists.get(key) ?? list;
    this.#lists.set(key, known);
    return known;
  }

  #possible(desk: number): number[] {
    const { actor, inbox } = this.#desk(desk);
    if (!this.#cast.isUp(actor)) return [];
    const words = this.heard(actor);
    const due = inbox.filter((letter) => this.#isDue(words, letter));
    const place = this.#cast.play.nodes.indexOf(this.#cast.actor(actor).node);
    return [...due, ...(this.rings[place] ?? [])];
  }

  /** What an exact mailbox never lets through any more: the life of its sender is said to be over. */
  #isOver(words: readonly (Required<Word> | undefined)[], number: number): boolean {
    const { epoch, place } = this.#letter(number);
    const word = words[place];
    return word !== undefined && (word.epoch > epoch || (word.epoch === epoch && !word.up));
  }

  /** Whether an exact mailbox lets it through now: its sender is said to be up, or is a client. */
  #isDue(words: readonly (Required<Word> | undefined)[], number: number): boolean {
    const { epoch, place } = this.#letter(number);
    const word = words[place];
    return place < 0 || (word?.epoch === epoch && word.up);
  }

  /** A client says it once. */
  #isOnce(number: number): boolean {
    return this.#letter(number).place < 0;
  }

  #letter(number: number): { epoch: number; place: number } {
    const letter = this.#cast.happening(number);
    if (letter.kind !== "letter") throw new Error(`${letter.kind} is no letter`);
    const { source, epoch = 0 } = letter;
    return { epoch, place: source === CLIENT ? -1 : this.#cast.play.nodes.indexOf(source) };
  }

  #wordsOf(actor: number): (Required<Word> | undefined)[] {
    const peers = this.#cast.actor(actor).running?.core.peers ?? [];
    const words = new Map<NodeId, Required<Word>>(peers.map(([node, word]) => [node, { node, ...word }]));
    return this.#cast.play.nodes.map((node) => words.get(node));
  }
}

/** A client may only be told what is on disk. */
function hasty(told: number, { disk }: Actor): string | undefined {
  if (told === 0) return undefined;
  const isOnDisk = (outcome: Outcome) => disk.log.some((record) => isEnd(record) && record.outcome === outcome);
  const early = (["committed", "aborted"] as const).find((it) => (told & TOLD[it]) !== 0 && !isOnDisk(it));
  return early && `a client is told ${early}, which is not on disk`;
}
