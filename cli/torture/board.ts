/** What a run knows about itself while it goes on: the screen shows it, and the summary is made of it. */

import { Tally } from "./clerk.js";
import type { FaultKind } from "./faults.js";

export class Board {
  readonly tally = new Tally();
  /** Faults that hurt somebody, by kind. */
  readonly faults: Partial<Record<FaultKind, number>> = {};
  /** What is going on, in a few words. */
  phase = "starting";
  inDoubt = 0;
  slowestRecoveryMs = 0;
  /** Transactions that the watch has told of. */
  watched = 0;
  /** What the checker said of the histories of all rounds; `exact` when it could decide about every part of them. */
  readonly history = { operations: 0, exact: true, anomalies: [] as string[] };
  /** Kinds of faults that cannot be done here, and why. */
  readonly skipped: string[] = [];
  readonly #forMs: number;
  readonly #stopping = new AbortController();
  #startedAt = performance.now();
  readonly #hear: (line: string) => void;

  constructor(forMs: number, hear: (line: string) => void) {
    this.#forMs = forMs;
    this.#hear = hear;
  }

  /** The time counts from here. */
  begin(): void {
    this.#startedAt = performance.now();
  }

  get endAt(): number {
    return this.#startedAt + this.#forMs;
  }

  /** A fault is over, and the cluster is well again. */
  healed(fault: string, tookMs: number): void {
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, Math.round(tookMs));
    this.phase = "traffic";
    this.#hear(`${this.seconds.toFixed(1).padStart(6)} s  ${fault}: well after ${(tookMs / 1000).toFixed(1)} s`);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether the time is over, or somebody wants it to be. */
  get over(): boolean {
    return this.#stopping.signal.aborted || performance.now() >= this.endAt;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Waits, but not once the run is to end. */
  rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#stopping.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, this.#stopping.signal.aborted ? 0 : ms);
      this.#stopping.signal.addEventListener("abort", done);
    });
  }
}
