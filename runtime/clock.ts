/** Time as a node needs it: what it is now, one alarm, and "as soon as the mailbox has filled". */

import { performance } from "node:perf_hooks";
import type { Millis } from "../actors/transaction.js";

export interface Clock {
  now(): Millis;
  /** Runs `work` once what is already on its way has arrived. */
  soon(work: () => void): void;
  /** Replaces the one alarm; `undefined` cancels it. An instant that has passed rings at once. */
  alarm(at: Millis | undefined, work: () => void): void;
}

const LONGEST_MS = 2 ** 31 - 1;

/** The machine's time, which never steps back while the program runs. */
export class SystemClock implements Clock {
  #timer: NodeJS.Timeout | undefined;
  #ringsAt: Millis | undefined;

  now(): Millis {
    return performance.timeOrigin + performance.now();
  }

  soon(work: () => void): void {
    setImmediate(work);
  }

  alarm(at: Millis | undefined, work: () => void): void {
    if (at === this.#ringsAt) return;
    clearTimeout(this.#timer);
    this.#ringsAt = at;
    if (at === undefined) return;
    const ring = () => {
      this.#ringsAt = undefined;
      work();
    };
    this.#timer = setTimeout(ring, Math.min(Math.max(at - this.now(), 0) + 1, LONGEST_MS));
  }
}
