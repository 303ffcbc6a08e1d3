/** Waiting for something to become true, within a bound. */

import { setTimeout as sleep } from "node:timers/promises";

/** Far more than anything takes, also on a machine that does many other things. */
export const PATIENCE_MS = 60_000;

/** Whoever waits long asks less often: what is waited for needs the processor more. */
const PAUSE_MS = { first: 5, longest: 50 };

/** Asks again until the answer is true. Throws, saying what was waited for, when that takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - began;
    if (waitedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(Math.min(PAUSE_MS.first + waitedMs / 10, PAUSE_MS.longest));
  }
}
