/** Chance from a seed: the same seed and name give the same numbers, on every machine and in every order of use. */

/** A small generator (mulberry32) of numbers from 0 up to, but not including, 1. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Random {
  /** From 0 up to, but not including, 1. */
  readonly next: () => number;

  /** `name` keeps streams of one seed apart, so that drawing more from one does not change another. */
  constructor(seed: number, name = "") {
    let mixed = seed >>> 0;
    for (let index = 0; index < name.length; index += 1) mixed = Math.imul(mixed ^ name.charCodeAt(index), 0x01000193);
    this.next = randomFrom(mixed);
    this.next();
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Mostly small numbers, seldom large ones, from `least` to `most`. */
  skewed(least: number, most: number): number {
    return least + Math.round((most - least) * this.next() ** 4 * 1000) / 1000;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  /** Each element with this probability. */
  some<T>(list: readonly T[], probability = 0.5): T[] {
    return list.filter(() => this.chance(probability));
  }

  /** So many different ones, in any order. */
  sample<T>(list: readonly T[], count: number): T[] {
    return this.shuffled(list).slice(0, count);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.whole(0, rest.length - 1), 1)[0] as T);
  }
}
