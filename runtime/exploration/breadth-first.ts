/** Breadth-first and exhaustive: every state that can be reached, and the shortest way to one that must not be. */

import { getHeapStatistics } from "node:v8";
import { type Step, TooManyStates, type TransitionSystem } from "./transition-system.js";

/** The steps that lead to a state. */
export type Way<State, Label> = { start: State; path: Step<State, Label>[] };

/** An invariant that does not hold in the state to which it leads. */
export type Violation<State, Label> = Way<State, Label> & { invariant: string };

export type Exploration<State, Label> = {
  distinctStates: number;
  /** Successors computed, those already known included, as TLC counts "states generated" without the initial ones. */
  transitions: number;
  /** As TLC counts it: an initial state has depth 1. */
  depth: number;
  seconds: number;
  violation: Violation<State, Label> | undefined;
};

export type Watch<State, Label> = {
  /** Called once for each new state, in the order of their depth. */
  visit?(state: State, way: () => Way<State, Label>): void;
  /** Called every so many states. */
  progress?(soFar: { distinctStates: number; depth: number }): void;
};

const PROGRESS_EVERY = 1024;
/** With the state itself, and with what an invariant remembers of it. */
const BYTES_PER_STATE = 350;

/** Explores everything, or stops at the first violation; no other violation has a shorter path. */
export function explore<State, Label>(
  system: TransitionSystem<State, Label>,
  watch: Watch<State, Label> = {},
): Exploration<State, Label> {
  return new Search(system, watch).run();
}

class Search<State, Label> {
  readonly #system: TransitionSystem<State, Label>;
  readonly #watch: Watch<State, Label>;
  /** The number of each state, in the order in which they were found. */
  readonly #known = new Numbering();
  readonly #most = Math.floor(getHeapStatistics().heap_size_limit / BYTES_PER_STATE);
  /** The state from which each was found first; an initial state is its own. */
  readonly #parents: number[] = [];
  readonly #starts: State[] = [];
  #frontier: State[] = [];
  #transitions = 0;
  #depth = 0;
  #violation: Violation<State, Label> | undefined;

  constructor(system: TransitionSystem<State, Label>, watch: Watch<State, Label>) {
    this.#system = system;
    this.#watch = watch;
  }

  run(): Exploration<State, Label> {
    const begin = performance.now();
    for (const state of this.#system.initial()) {
      this.#starts.push(state);
      this.#meet(state, this.#known.size);
    }
    // A state's number follows from its place: the frontier holds the newest states, in order.
    for (let first = 0; this.#frontier.length > 0 && !this.#violation; ) {
      this.#depth += 1;
      const layer = this.#frontier;
      this.#frontier = [];
      for (let place = 0; place < layer.length && !this.#violation; place += 1) {
        this.#expand(layer[place] as State, first + place);
      }
      first += layer.length;
    }
    return {
      distinctStates: this.#known.size,
      transitions: this.#transitions,
      depth: this.#violation ? this.#violation.path.length + 1 : this.#depth,
      seconds: Number(((performance.now() - begin) / 1000).toFixed(6)),
      violation: this.#violation,
    };
  }

  #expand(state: State, number: number): void {
    for (const step of this.#system.next(state)) {
      this.#transitions += 1;
      this.#meet(step.state, number);
      if (this.#violation) return;
    }
  }

  #meet(state: State, parent: number): void {
    const key = this.#system.key(state);
    const number = this.#known.size;
    if (!this.#known.add(key)) return;
    if (number === this.#most) throw new TooManyStates(this.#most);
    this.#parents.push(parent);
    this.#frontier.push(state);
    this.#watch.visit?.(state, () => this.#way(number));
    if (number % PROGRESS_EVERY === 0) this.#watch.progress?.({ distinctStates: number, depth: this.#depth + 1 });
    const broken = this.#system.invariants.find((invariant) => !invariant.holds(state));
    if (broken) this.#violation = { invariant: broken.name, ...this.#way(number) };
  }

  /** Only keys and parents are kept, so the steps are found again, going forward. */
  #way(number: number): Way<State, Label> {
    const numbers = [number];
    for (let at = number; this.#parents[at] !== at; ) {
      at = this.#parents[at] as number;
      numbers.unshift(at);
    }
    const is = (state: State, wanted: number | undefined) => this.#known.get(this.#system.key(state)) === wanted;
    const start = this.#starts.find((state) => is(state, numbers[0])) as State;
    const path: Step<State, Label>[] = [];
    let state = start;
    for (const wanted of numbers.slice(1)) {
      const step = [...this.#system.next(state)].find((next) => is(next.state, wanted)) as Step<State, Label>;
      path.push(step);
      state = step.state;
    }
    return { start, path };
  }
}

/** Numbers texts in the order in which they come. One map alone holds no more than 16 million. */
class Numbering {
  readonly #maps = Array.from({ length: 64 }, () => new Map<string, number>());
  size = 0;

  /** False when it was known. */
  add(text: string): boolean {
    const map = this.#mapOf(text);
    if (map.has(text)) return false;
    map.set(text, this.size);
    this.size += 1;
    return true;
  }

  get(text: string): number | undefined {
    return this.#mapOf(text).get(text);
  }

  #mapOf(text: string): Map<string, number> {
    let sum = 0;
    for (let index = 0; index < text.length; index += 1) sum += text.charCodeAt(index);
    return this.#maps[sum % this.#maps.length] as Map<string, number>;
  }
}
