/** Breadth-first and exhaustive: every state that can be reached, and the shortest way to one that must not be. */

import { getHeapStatistics } from "node:v8";
import { Column } from "./column.js";
import { Numbering } from "./numbering.js";
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
/** About as much as one that waits takes of the heap. */
const BYTES_PER_STATE = 1000;

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
  /** The state from which each was found first; an initial state is its own. */
  readonly #parents = new Column(Uint32Array);
  readonly #starts: State[] = [];
  /** Those that are still to be expanded, unless their keys tell them. */
  readonly #waiting = new Map<number, State>();
  readonly #mostWaiting = Math.floor(getHeapStatistics().heap_size_limit / BYTES_PER_STATE);
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
    // States are expanded in the order in which they were found.
    for (let number = 0, layer = 0; number < this.#known.size && !this.#violation; number += 1) {
      if (number === layer) {
        this.#depth += 1;
        layer = this.#known.size;
      }
      this.#expand(this.#take(number), number);
    }
    return {
      distinctStates: this.#known.size,
      transitions: this.#transitions,
      depth: this.#violation ? this.#violation.path.length + 1 : this.#depth,
      seconds: Number(((performance.now() - begin) / 1000).toFixed(6)),
      violation: this.#violation,
    };
  }

  #wait(state: State, number: number): void {
    if (this.#waiting.size === this.#mostWaiting) throw new TooManyStates(number);
    this.#waiting.set(number, state);
  }

  #take(number: number): State {
    if (this.#system.state) return this.#system.state(this.#known.text(number));
    const state = this.#waiting.get(number) as State;
    this.#waiting.delete(number);
    return state;
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
    if (this.#known.number(key) !== number) return;
    this.#parents.push(parent);
    if (!this.#system.state) this.#wait(state, number);
    this.#watch.visit?.(state, () => this.#way(number));
    if (number % PROGRESS_EVERY === 0) this.#watch.progress?.({ distinctStates: number, depth: this.#depth + 1 });
    const broken = this.#system.invariants.find((invariant) => !invariant.holds(state));
    if (broken) this.#violation = { invariant: broken.name, ...this.#way(number) };
  }

  /** Only keys and parents are kept, so the steps are found again, going forward. */
  #way(number: number): Way<State, Label> {
    const numbers = [number];
    for (let at = number; this.#parents.at(at) !== at; ) {
      at = this.#parents.at(at);
      numbers.unshift(at);
    }
    const is = (state: State, wanted: number | undefined) => this.#known.number(this.#system.key(state)) === wanted;
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
