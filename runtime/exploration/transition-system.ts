/** What can be explored: where it begins, what may happen next, when two states are the same, and what must hold. */

export type Step<State, Label> = { label: Label; state: State };

export type Invariant<State> = { name: string; holds(state: State): boolean };

/** States are never changed once they were given out. */
export interface TransitionSystem<State, Label = string> {
  initial(): Iterable<State>;
  next(state: State): Iterable<Step<State, Label>>;
  /** Two states with the same key have the same future: one of them is explored. */
  key(state: State): string;
  /** A state with this key, where keys tell so much: then states that wait need no room of their own. */
  state?(key: string): State;
  readonly invariants: readonly Invariant<State>[];
}

/** There are more states than fit into memory. */
export class TooManyStates extends Error {
  override readonly name = "TooManyStates";
  constructor(count: number, what = "states") {
    super(`there are more than ${count} ${what}; take less of everything, or more memory`);
  }
}
