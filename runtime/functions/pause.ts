/** How long to wait before the next attempt: at random, and longer after each failure, so that rivals part company. */

const FIRST_MS = 4;
const LONGEST_MS = 250;

/** Full jitter: anything up to a bound that doubles. */
export function pauseMs(failures: number): number {
  return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
}
