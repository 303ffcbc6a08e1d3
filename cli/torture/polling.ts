/** Waiting for something to become true, within a bound. */

import { setTimeout as sleep } from "node:timers/promises";

/** Asks again until the answer is true. Throws, saying what was waited for, when that takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(5);
  }
}
