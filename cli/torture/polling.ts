/** Waiting for something to become true, within a bound. */

import { setTimeout as sleep } from "node:timers/promises";

/** Far more than anything takes, also on a machine that does many other things. */
export const PATIENCE_MS = 60_000;

/** Asks again until the answer is true. Throws, saying what was waited for, when that takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(5);
  }
}
