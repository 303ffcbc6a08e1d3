/** The clock of a staged node. */

import type { Millis } from "../../actors/transaction.js";
import type { Clock } from "../../runtime/clock.js";

/** Time that only passes when the script says so. */
export class StageClock implements Clock {
  readonly #time: () => Millis;
  #ahead: Millis = 0;
  #soon: (() => void)[] = [];
  #alarm: { at: Millis; work: () => void } | undefined;

  constructor(time: () => Millis) {
    this.#time = time;
  }

  now(): Millis {
    return this.#time() + this.#ahead;
  }

  /** Goes ahead to its alarm. */
  hurry(): void {
    this.#ahead += Math.max(0, (this.#alarm?.at ?? 0) - this.now());
    this.ring();
  }

  soon(work: () => void): void {
    this.#soon.push(work);
  }

  alarm(at: Millis | undefined, work: () => void): void {
    this.#alarm = at === undefined ? undefined : { at, work };
    if (at !== undefined && at <= this.now()) this.ring();
  }

  /** Rings the alarm if it is due. */
  ring(): void {
    const alarm = this.#alarm;
    if (!alarm || alarm.at > this.now()) return;
    this.#alarm = undefined;
    alarm.work();
  }

  /** Does what was asked for "soon". False when there was nothing. */
  work(): boolean {
    const soon = this.#soon.splice(0);
    for (const work of soon) work();
    return soon.length > 0;
  }
}
