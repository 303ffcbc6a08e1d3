/** Counts how the transactions of a program end, and how long they take, so coarsely that it costs nothing. */

import type { Result } from "./api.js";
import type { ErrorCode } from "./errors.js";

/** Since the cluster was opened; of what was asked in this program or over connections to it. */
export type Traffic = {
  committed: number;
  aborted: Partial<Record<ErrorCode, number>>;
  unknown: number;
  /** How many took how long: see `spanOf`. What comes after the last is 0. */
  spans: readonly number[];
};

const SHORTEST_MS = 0.05;
const RATIO = 1.2;
const SPANS = 80;

/** Up to how many milliseconds those took that are counted at this place of `spans`. */
export function spanOf(index: number): number {
  return SHORTEST_MS * RATIO ** index;
}

export class Tally {
  #committed = 0;
  #unknown = 0;
  readonly #aborted: Partial<Record<ErrorCode, number>> = {};
  readonly #spans = new Array<number>(SPANS).fill(0);
  #longest = 0;

  /** Passes the result on. */
  async count(running: Promise<Result>): Promise<Result> {
    const beganAt = performance.now();
    const result = await running;
    const tookMs = performance.now() - beganAt;
    const place = Math.ceil(Math.log(tookMs / SHORTEST_MS) / Math.log(RATIO));
    const index = Math.max(0, Math.min(SPANS - 1, place));
    this.#spans[index] = (this.#spans[index] ?? 0) + 1;
    this.#longest = Math.max(this.#longest, index);
    if (result.outcome === "committed") this.#committed += 1;
    else if (result.outcome === "unknown") this.#unknown += 1;
    else this.#aborted[result.why.code] = (this.#aborted[result.why.code] ?? 0) + 1;
    return result;
  }

  get traffic(): Traffic {
    const spans = this.#spans.slice(0, this.#longest + 1);
    return { committed: this.#committed, aborted: { ...this.#aborted }, unknown: this.#unknown, spans };
  }
}
