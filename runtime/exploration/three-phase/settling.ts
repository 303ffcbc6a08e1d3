/** What those that are up come to when the network has lost everything, and then nobody fails any more. */

import type { Processes } from "./processes.js";

const ROUNDS_MOST = 50;
const LETTERS_MOST = 10_000;

/**
 * Where the actors come to rest when they hear all that they are to hear, their alarms ring, and every letter arrives
 * once, in order. Who is down stays down. Undefined when they do not come to rest.
 */
export function settle(system: Processes, actors: readonly number[]): readonly number[] | undefined {
  const company = new Company(system, actors);
  for (let rounds = 0; rounds < ROUNDS_MOST; rounds += 1) {
    const before = company.actors.join();
    if (!company.round()) return undefined;
    if (company.actors.join() === before) return company.actors;
  }
  return undefined;
}

/** The same when all that are down start first, the lowest first. */
export function heal(system: Processes, actors: readonly number[]): readonly number[] | undefined {
  const company = new Company(system, actors);
  for (const on of actors.keys()) company.restart(on);
  return settle(system, company.actors);
}

class Company {
  readonly actors: number[];
  readonly #system: Processes;
  #letters: number[] = [];

  constructor(system: Processes, actors: readonly number[]) {
    this.#system = system;
    this.actors = [...actors];
  }

  restart(on: number): void {
    const { cast } = this.#system;
    const actor = this.actors[on] ?? 0;
    if (cast.isUp(actor)) return;
    const news = this.#system.detector.newsFor(this.#desks(), on);
    this.actors[on] = cast.restart(actor);
    this.#happen(on, news);
  }

  /** False when the letters do not end. */
  round(): boolean {
    const { cast, nodes } = this.#system;
    for (const on of nodes.keys()) this.#hear(on);
    for (const target of nodes) {
      for (const kind of ["alarm", "flush"] as const) {
        const ring = cast.happeningNumber({ kind, target });
        this.#happen(cast.place(ring), ring);
      }
    }
    for (let arrived = 0; this.#letters.length > 0; arrived += 1) {
      if (arrived > LETTERS_MOST) return false;
      const letter = this.#letters.shift() ?? 0;
      this.#happen(cast.place(letter), letter);
    }
    return true;
  }

  #hear(on: number): void {
    const { cast } = this.#system;
    for (const up of [false, true, false, true]) {
      for (const word of this.#system.detector.news(this.#desks(), on, up)) this.#happen(cast.place(word), word);
    }
  }

  #happen(on: number, happening: number): void {
    const { actor, sent } = this.#system.cast.turn(this.actors[on] ?? 0, happening);
    this.actors[on] = actor;
    this.#letters.push(...sent);
  }

  #desks(): number[] {
    return this.actors.map((actor) => this.#system.desks.number(actor));
  }
}
