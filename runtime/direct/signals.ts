/**
 * What a replica that lives in a thread shows the other threads of the program, in memory that they share: whether it
 * serves, how often its data has changed, and which keys may have an undecided write. One for each incarnation; that of
 * a dead one says so for ever.
 *
 * The keys are a sketch: an array of counts, where each locked key counts at a place that follows from the key. A zero
 * is certain, anything else only likely.
 */

import type { Key, Position } from "../../actors/transaction.js";

const STATE = 0;
const CHANGES = 1;
const LOCKS = 2;
const SKETCH = 3;
const PLACES = 65_536;
/** Before the cells stands the frontier, which needs more bits than they have. */
const FRONTIER_BYTES = 8;

const SERVING = 1;
const OVER = 2;

export class Signals {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #frontier: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(FRONTIER_BYTES + 4 * (SKETCH + PLACES))) {
    this.shared = shared;
    this.#cells = new Int32Array(shared, FRONTIER_BYTES);
    this.#frontier = new BigInt64Array(shared, 0, 1);
  }

  /** Its owner's word. What is over stays over. */
  serve(serves: boolean): void {
    const before = serves ? 0 : SERVING;
    Atomics.compareExchange(this.#cells, STATE, before, serves ? SERVING : 0);
  }

  /** It has died. */
  end(): void {
    Atomics.store(this.#cells, STATE, OVER);
  }

  /** What it has committed last can be read. */
  changed(): void {
    Atomics.add(this.#cells, CHANGES, 1);
  }

  /** Up to this position nothing more will be committed here, and what was can be read. */
  reach(frontier: Position): void {
    Atomics.store(this.#frontier, 0, BigInt(frontier));
  }

  lock(places: readonly number[]): void {
    for (const place of places) Atomics.add(this.#cells, place, 1);
    Atomics.add(this.#cells, LOCKS, places.length);
  }

  unlock(places: readonly number[]): void {
    for (const place of places) Atomics.sub(this.#cells, place, 1);
    Atomics.sub(this.#cells, LOCKS, places.length);
  }

  get isServing(): boolean {
    return Atomics.load(this.#cells, STATE) === SERVING;
  }

  /** Counts how often its data has changed; it wraps around. */
  get changes(): number {
    return Atomics.load(this.#cells, CHANGES);
  }

  get frontier(): Position {
    return Number(Atomics.load(this.#frontier, 0));
  }

  /** Whether no key at all has an undecided write. */
  get isQuiet(): boolean {
    return Atomics.load(this.#cells, LOCKS) === 0;
  }

  /** Whether the keys at these places have certainly no undecided write. */
  areFree(places: readonly number[]): boolean {
    return places.every((place) => Atomics.load(this.#cells, place) === 0);
  }
}

/** Where a key counts. */
export function placeOf(key: Key): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return SKETCH + ((hash ^ (hash >>> 16)) & (PLACES - 1));
}
