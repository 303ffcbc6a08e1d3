/** A clock that can be made to stand still, goes on from where it stood, and catches up when nothing waits for it. */

import type { Millis } from "../../actors/transaction.js";
import type { Clock } from "../clock.js";

export class StandingClock implements Clock {
  readonly #clock: Clock;
  /** How long it has stood since it was right. */
  #lostMs = 0;
  #stoodAt: Millis | undefined;
  #alarm: { at: Millis | undefined; work: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Millis {
    return this.#stoodAt ?? this.#clock.now() - this.#lostMs;
  }

  soon(work: () => void): void {
    this.#clock.soon(work);
  }

  /** While it stands only what is over already rings. Without an alarm nobody has patience that would end if it jumps. */
  alarm(at: Millis | undefined, work: () => void): void {
    this.#alarm = { at, work };
    if (at === undefined && this.#stoodAt === undefined) this.#lostMs = 0;
    const rings = at !== undefined && at <= (this.#stoodAt ?? at);
    this.#clock.alarm(rings ? at + this.#lostMs : undefined, work);
  }

  /** Stops it, or lets it go on. */
  stand(still: boolean): void {
    if (still === (this.#stoodAt !== undefined)) return;
    if (still) this.#stoodAt = this.now();
    else {
      this.#lostMs = this.#clock.now() - this.now();
      this.#stoodAt = undefined;
    }
    if (this.#alarm) this.alarm(this.#alarm.at, this.#alarm.work);
  }
}
