/** An exact failure detector: what it has still to say, and to whom. */

import type { NodeId } from "../../../actors/transaction.js";
import type { Actor, Happening, Word } from "../actor.js";
import type { Cast } from "../cast.js";
import { once } from "../once.js";
import type { Desks } from "./desks.js";

/** How often a process has started and failed: odd while it is up. A word tells one age, and words come in their order. */
type Age = number;

/** No process gets so old. */
const OLDEST: Age = 32;

/** What one process was last told of the others, and the words that are due for given ages, good and bad ones. */
type Outlook = { target: NodeId; told: readonly { place: number; age: Age }[]; due: [bad: Words, good: Words] };
type Words = Map<number, readonly number[]>;

export class Detector {
  readonly #cast: Cast;
  readonly #ageOf: (actor: number) => Age;
  readonly #outlookOf: (actor: number) => Outlook;
  /** Many actors have the same. */
  readonly #outlooks = new Map<string, Outlook>();
  readonly #starts = new Map<string, number>();

  constructor(cast: Cast, desks: Desks) {
    this.#cast = cast;
    this.#ageOf = once((actor) => ageOf(cast.actor(actor)));
    this.#outlookOf = once((actor) => this.#outlook(actor, desks.isFinished(actor) ? [] : desks.heard(actor)));
  }

  /** The ages of all processes as one number: the detector looks at nothing else. */
  ages(actors: readonly number[]): number {
    let ages = 0;
    for (const actor of actors) ages = ages * OLDEST + this.#ageOf(actor);
    return ages;
  }

  /**
   * Words that are due: that one is down which this process believes to be up, or `up` again which it knows to have been
   * down. The words of each node come in order, and none is left out. One that has finished needs none.
   */
  news(ages: number, actor: number, up: boolean): readonly number[] {
    const outlook = this.#outlookOf(actor);
    const words = outlook.due[up ? 1 : 0];
    const known = words.get(ages);
    if (known) return known;
    const due = outlook.told.filter(({ place, age }) => isUp(age) !== up && this.#ageIn(ages, place) > age);
    const news = this.#next(outlook.target, due);
    words.set(ages, news);
    return news;
  }

  /** What it would say if it took those for dead that are not. */
  lies(ages: number, actor: number): readonly number[] {
    const { target, told } = this.#outlookOf(actor);
    const alive = told.filter(({ place, age }) => isUp(age) && this.#ageIn(ages, place) === age);
    return this.#next(target, alive);
  }

  /** What one hears of all others when it starts. */
  newsFor(ages: number, on: number): number {
    const key = `${on}:${ages}`;
    const known = this.#starts.get(key);
    if (known !== undefined) return known;
    const { nodes } = this.#cast.play;
    const words = nodes.map((_, place) => this.#word(place, this.#ageIn(ages, place)));
    const others = words.filter((_, place) => place !== on);
    const news = this.#cast.happeningNumber({ kind: "news", target: nodes[on] ?? "", words: others });
    this.#starts.set(key, news);
    return news;
  }

  #outlook(actor: number, heard: readonly (Required<Word> | undefined)[]): Outlook {
    const target = this.#cast.actor(actor).node;
    const others = heard.flatMap((word, place) => (word && word.node !== target ? [{ place, age: ageIn(word) }] : []));
    const key = `${target}:${others.map(({ place, age }) => `${place}.${age}`).join()}`;
    const outlook = this.#outlooks.get(key) ?? { target, told: others, due: [new Map(), new Map()] };
    this.#outlooks.set(key, outlook);
    return outlook;
  }

  #ageIn(ages: number, place: number): Age {
    return Math.floor(ages / OLDEST ** (this.#cast.play.nodes.length - 1 - place)) % OLDEST;
  }

  #next(target: NodeId, told: Outlook["told"]): number[] {
    return told.map(({ place, age }) => {
      const word: Happening = { kind: "word", target, ...this.#word(place, age + 1) };
      return this.#cast.happeningNumber(word);
    });
  }

  #word(place: number, age: Age): Required<Word> {
    return { node: this.#cast.play.nodes[place] ?? "", up: isUp(age), epoch: Math.ceil(age / 2) };
  }
}

function ageOf({ disk, running }: Actor): Age {
  return disk.epoch * 2 - (running ? 1 : 0);
}

function ageIn({ up, epoch }: Required<Word>): Age {
  return epoch * 2 - (up ? 1 : 0);
}

function isUp(age: Age): boolean {
  return age % 2 === 1;
}
