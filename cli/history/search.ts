/**
 * An exact search for a serial order, after Wing and Gong (1993) and Lowe (2017): it goes through the history in real
 * time and keeps every way in which the operations so far may have taken effect, each only once. An operation takes
 * effect no earlier than it must: when it, or one that depends on it, ends.
 */

import type { Keys } from "./keys.js";
import { type Action, applied, Model, type State } from "./model.js";
import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";

/** `failedAt`: the first operation that could not have ended as it did. */
export type Found = { serial: true } | { serial: false; failedAt: Operation } | { serial: "unknown" };

/** One way in which it may have gone: who under way took effect already, and which of unknown outcome did. */
type Way = { state: State; done: bigint; used: bigint };
type Pending = { action: Action; bit: bigint };

/** Ways to look at before giving up; with many keys each costs more. */
const WAYS_MOST = 300_000;
const KEYS_CHEAP = 16;

export function findSerialOrder(operations: readonly Operation[], keys: Keys): Found {
  const model = new Model(operations, keys);
  const search = new Search(model.initial, model.initial.length === 1 && !hasList(operations));
  const points = operations.flatMap((operation) => {
    const action = model.action(operation);
    const begin = { at: operation.invoked, run: () => search.begin(action) };
    return operation.ended === Infinity ? [begin] : [begin, { at: operation.ended, run: () => search.end(operation) }];
  });
  points.sort((a, b) => a.at - b.at);
  for (const { run } of points) {
    const failedAt = run();
    if (failedAt) return { serial: false, failedAt };
    if (search.spent > WAYS_MOST) return { serial: "unknown" };
  }
  return { serial: true };
}

function hasList(operations: readonly Operation[]): boolean {
  return operations.some(({ writes }) => writes.some(({ list }) => list));
}

class Search {
  spent = 0;
  #ways: Way[];
  readonly #pending = new Map<Operation, Pending>();
  /** Those of unknown outcome, by their effect: with the same effect one is as good as another. */
  readonly #optional = new Map<Token, Pending[]>();
  readonly #freeBits: bigint[] = [];
  #bits = 0;
  #optionals = 0;
  /** With a single register, a write of unknown outcome matters only if somebody reads it at once. */
  readonly #onlyIfRead: boolean;

  constructor(initial: State, onlyIfRead: boolean) {
    this.#ways = [{ state: initial, done: 0n, used: 0n }];
    this.#onlyIfRead = onlyIfRead;
  }

  begin(action: Action): undefined {
    if (action.operation.ended === Infinity) {
      const effect = this.#onlyIfRead ? (action.sets[0]?.value ?? ABSENT) : effectOf(action);
      const pending = { action, bit: 1n << BigInt(this.#optionals++) };
      const known = this.#optional.get(effect);
      if (known) known.push(pending);
      else this.#optional.set(effect, [pending]);
      return;
    }
    const bit = this.#freeBits.pop() ?? 1n << BigInt(this.#bits++);
    this.#pending.set(action.operation, { action, bit });
    if (action.readOnly) this.#ways = this.#ways.map((way) => this.#withReads(way));
  }

  /** Keeps the ways in which the operation has taken effect. Gives it back if there are none. */
  end(operation: Operation): Operation | undefined {
    const ending = this.#pending.get(operation);
    if (!ending) return undefined;
    const kept = new Ways();
    const tried = new Ways();
    const open = this.#ways.filter((way) => tried.add(way));
    for (let way = open.pop(); way; way = open.pop()) {
      this.spent += 1 + way.state.length / KEYS_CHEAP;
      if (this.spent > WAYS_MOST) return undefined;
      if (way.done & ending.bit) kept.add({ ...way, done: way.done & ~ending.bit });
      else for (const next of this.#nextOf(way)) if (tried.add(next)) open.push(next);
    }
    this.#pending.delete(operation);
    this.#freeBits.push(ending.bit);
    this.#ways = kept.all();
    return this.#ways.length === 0 ? operation : undefined;
  }

  *#nextOf(way: Way): Iterable<Way> {
    for (const { action, bit } of this.#pending.values()) {
      const state = way.done & bit ? undefined : applied(way.state, action);
      if (state) yield this.#withReads({ ...way, state, done: way.done | bit });
    }
    for (const pending of this.#useful(way)) {
      const first = pending.find(({ bit }) => !(way.used & bit));
      const state = first && applied(way.state, first.action);
      if (state) yield this.#withReads({ ...way, state, used: way.used | first.bit });
    }
  }

  #useful({ state, done }: Way): Iterable<Pending[]> {
    if (!this.#onlyIfRead) return this.#optional.values();
    const wanted = new Set<Token>();
    for (const { action, bit } of this.#pending.values()) {
      const value = action.reads[0]?.value;
      if (!(done & bit) && value !== undefined && value !== state[0]) wanted.add(value);
    }
    return [...wanted].flatMap((value) => {
      const pending = this.#optional.get(value);
      return pending ? [pending] : [];
    });
  }

  /** What only reads, and finds what it read, may as well take effect at once. */
  #withReads(way: Way): Way {
    let { done } = way;
    for (const { action, bit } of this.#pending.values()) {
      if (action.readOnly && !(done & bit) && applied(way.state, action)) done |= bit;
    }
    return { ...way, done };
  }
}

function effectOf({ sets, grows }: Action): string {
  return JSON.stringify([sets, grows.map(({ place, values }) => [place, values])]);
}

/** Ways without those that used more than another one did to get to the same place. */
class Ways {
  readonly #byPlace = new Map<string, Way[]>();

  /** False if there is one at least as good. */
  add(way: Way): boolean {
    const place = `${way.done.toString(36)}|${way.state.join("\u0000")}`;
    const known = this.#byPlace.get(place);
    if (known?.some(({ used }) => (used & way.used) === used)) return false;
    const worse = known?.filter(({ used }) => (used & way.used) !== way.used) ?? [];
    this.#byPlace.set(place, [...worse, way]);
    return true;
  }

  all(): Way[] {
    return [...this.#byPlace.values()].flat();
  }
}
