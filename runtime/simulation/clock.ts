/** The clock of a simulated node: simulated time as the node reads it, which may be wrong and may step. */

import type { Millis } from "../../actors/transaction.js";
import type { Clock } from "../clock.js";
import type { Agenda } from "./agenda.js";

/** An alarm rings when its instant has certainly come, not a rounding error before. */
const LATE_MS = 0.001;
/** What a clock that is right shows when a run begins: so much that none is ever stepped back to before zero. */
const BEGINNING_MS = 1_000_000;

/** What a clock shows that is so far ahead. */
export function shownBy(agenda: Agenda, aheadMs: Millis): Millis {
  return BEGINNING_MS + agenda.now + aheadMs;
}

export class SimulatedClock implements Clock {
  readonly #agenda: Agenda;
  readonly #skew: () => Millis;
  readonly #turnMs: () => Millis;
  #alarm: { at: Millis; work: () => void } | undefined;

  /** `skew` is how far the clock is ahead, `turnMs` how long the node needs to get to its next turn. */
  constructor(agenda: Agenda, skew: () => Millis, turnMs: () => Millis) {
    this.#agenda = agenda;
    this.#skew = skew;
    this.#turnMs = turnMs;
  }

  now(): Millis {
    return shownBy(this.#agenda, this.#skew());
  }

  soon(work: () => void): void {
    this.#agenda.after(this.#turnMs(), work);
  }

  alarm(at: Millis | undefined, work: () => void): void {
    if (at === this.#alarm?.at) return;
    this.#alarm = at === undefined ? undefined : { at, work };
    this.#arm();
  }

  /** After the clock was stepped. */
  stepped(): void {
    this.#arm();
  }

  #arm(): void {
    const alarm = this.#alarm;
    if (!alarm) return;
    this.#agenda.add(alarm.at - BEGINNING_MS - this.#skew() + LATE_MS, () => {
      // Replaced, or the clock was stepped back and it is too early.
      if (this.#alarm !== alarm || this.now() < alarm.at) return;
      this.#alarm = undefined;
      alarm.work();
    });
  }
}
