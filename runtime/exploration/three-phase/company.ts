/** All processes together, when what happens next is chosen: letters arrive once and in order, and words are heard at once. */

import type { ProcessState } from "../../../actors/three-phase/state.js";
import type { Letter } from "../actor.js";
import type { Processes } from "./processes.js";

const LETTERS_MOST = 10_000;
const ROUNDS_MOST = 50;

export class Company {
  /** Numbers of the cast. */
  readonly actors: number[];
  readonly #system: Processes;
  /** Those on their way, the oldest first. */
  #letters: number[] = [];

  constructor(system: Processes, actors: readonly number[]) {
    this.#system = system;
    this.actors = [...actors];
  }

  /** Lets it happen to one process. */
  happen(happening: number): void {
    const { cast } = this.#system;
    const on = cast.place(happening);
    const { actor, sent } = cast.turn(this.actors[on] ?? 0, happening);
    this.actors[on] = actor;
    for (const letter of sent) this.#letters.push(letter);
  }

  /** Delivers those letters that are wanted, and what is wanted of the answers. False when they do not end. */
  deliver(isWanted: (letter: Letter) => boolean = () => true): boolean {
    const waiting: number[] = [];
    for (let arrived = 0; this.#letters.length > 0; arrived += 1) {
      if (arrived > LETTERS_MOST) return false;
      const number = this.#letters.shift() ?? 0;
      const letter = this.#system.cast.happening(number);
      if (letter.kind === "letter" && isWanted(letter)) this.happen(number);
      else waiting.push(number);
    }
    this.#letters = waiting;
    return true;
  }

  /** Letters on their way to it are lost. */
  crash(on: number, kept: boolean): void {
    const { cast } = this.#system;
    this.actors[on] = cast.crash(this.actors[on] ?? 0, kept);
    this.#letters = this.#letters.filter((letter) => cast.place(letter) !== on);
  }

  /** Everything on its way is lost. */
  lose(): void {
    this.#letters = [];
  }

  restart(on: number): void {
    const { cast } = this.#system;
    const actor = this.actors[on] ?? 0;
    if (cast.isUp(actor)) return;
    const news = this.#system.detector.newsFor(this.#ages(), on);
    this.actors[on] = cast.restart(actor);
    this.happen(news);
  }

  /** All that are up hear who is down and who is up. */
  hear(): void {
    const ages = this.#ages();
    for (const on of this.actors.keys()) {
      for (const up of [false, true, false, true]) {
        for (const word of this.#system.detector.news(ages, this.actors[on] ?? 0, up)) this.happen(word);
      }
    }
  }

  /** Words, alarms and letters, until nobody changes any more. False when that does not end. */
  settle(): boolean {
    for (let rounds = 0; rounds < ROUNDS_MOST; rounds += 1) {
      const before = this.actors.join();
      this.hear();
      this.#ring();
      if (!this.deliver()) return false;
      if (this.actors.join() === before) return true;
    }
    return false;
  }

  /** The transaction at a process that is up and has not seen its end. */
  open(on: number): ProcessState | undefined {
    const [open] = this.#system.cast.actor(this.actors[on] ?? 0).running?.core.participating.open ?? [];
    return open?.[1].protocol === "3pc" ? open[1] : undefined;
  }

  #ring(): void {
    for (const rings of this.#system.desks.rings) {
      for (const ring of rings) this.happen(ring);
    }
  }

  #ages(): number {
    return this.#system.detector.ages(this.actors);
  }
}
