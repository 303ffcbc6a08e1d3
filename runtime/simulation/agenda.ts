/** Simulated time: what is to happen and when. It passes by jumping to the next thing that happens. */

import type { Millis } from "../../actors/transaction.js";

type Entry = { at: Millis; work: () => void };

export class Agenda {
  now: Millis = 0;
  /** The next one last. */
  readonly #entries: Entry[] = [];

  /** Does `work` at an instant, after everything that was put there before. */
  add(at: Millis, work: () => void): void {
    const entry = { at: Math.max(at, this.now), work };
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.at ?? 0) > entry.at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  after(ms: Millis, work: () => void): void {
    this.add(this.now + ms, work);
  }

  /** Does the next thing. False when there is none, or none before `until`. */
  step(until = Number.POSITIVE_INFINITY): boolean {
    const next = this.#entries.at(-1);
    if (!next || next.at > until) return false;
    this.#entries.pop();
    this.now = next.at;
    next.work();
    return true;
  }
}
