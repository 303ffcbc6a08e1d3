/** A store that does one operation at a time: the meaning against which histories are judged. */

import type { Read, Write } from "./effects.js";
import { isTraceable, type Key, type Keys } from "./keys.js";
import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";

/** The value of each key by its number. Of a list, the value is its length: its order is known from the reads. */
export type State = readonly Token[];

type Step = { place: number; value: Token };
/** `returns`: the value may come back after it was replaced. */
type Look = Step & { returns: boolean };
type Growth = { place: number; values: readonly Token[]; order: readonly Token[] };

/** An operation made ready for many tries. */
export type Action = {
  operation: Operation;
  reads: readonly Look[];
  sets: readonly Step[];
  grows: readonly Growth[];
  /** It changes nothing. */
  readOnly: boolean;
};

/** The keys of some operations, numbered. */
export class Model {
  readonly initial: State;
  readonly #places = new Map<string, number>();
  readonly #keys: Keys;

  constructor(operations: readonly Operation[], keys: Keys) {
    this.#keys = keys;
    const initial: Token[] = [];
    for (const { reads, writes } of operations) {
      for (const { key } of [...reads, ...writes]) {
        if (this.#places.has(key)) continue;
        this.#places.set(key, initial.length);
        initial.push(keys.get(key)?.list ? 0 : ABSENT);
      }
    }
    this.initial = initial;
  }

  action(operation: Operation): Action {
    const grows: Growth[] = [];
    const sets: Step[] = [];
    for (const write of operation.writes) {
      if (write.list)
        grows.push({ place: this.#place(write), values: write.values, order: this.#key(write)?.order ?? [] });
      else sets.push({ place: this.#place(write), value: write.values.at(-1) ?? ABSENT });
    }
    const reads = operation.reads.map((read): Look => {
      const key = this.#key(read);
      const returns = key !== undefined && !key.list && !isTraceable(key, [read.value]);
      return { place: this.#place(read), value: read.value, returns };
    });
    return { operation, reads, sets, grows, readOnly: operation.writes.length === 0 };
  }

  #place({ key }: Read | Write): number {
    return this.#places.get(key) ?? 0;
  }

  #key({ key }: Read | Write): Key | undefined {
    return this.#keys.get(key);
  }
}

/** The state after an action, or nothing if the action cannot have met this state. */
export function applied(state: State, action: Action): State | undefined {
  if (action.readOnly) return meets(state, action) ? state : undefined;
  const next = [...state];
  return advance(next, action) ? next : undefined;
}

/** Whether the state is what the action read. */
export function meets(state: State, { reads }: Action): boolean {
  return reads.every(({ place, value }) => state[place] === value);
}

/** Changes the state itself. False, and the state is of no use any more, if the action cannot have met it. */
export function advance(state: Token[], action: Action): boolean {
  if (!meets(state, action)) return false;
  for (const { place, value } of action.sets) state[place] = value;
  for (const { place, values, order } of action.grows) {
    let length = Number(state[place]);
    for (const value of values) {
      // Past what anybody read, the order is free.
      if (length < order.length && order[length] !== value) return false;
      length += 1;
    }
    state[place] = length;
  }
  return true;
}
