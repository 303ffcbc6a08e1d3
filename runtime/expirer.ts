/** Looks after what expires: once its instant has come by this program's clock, it runs the transaction that removes it. */

import { dueAt, EXPIRIES, expiryIn } from "../actors/expiry.js";
import type { Expire, Key, KeyRange } from "../actors/transaction.js";
import type { Result } from "./api.js";
import type { ReadQuestion } from "./gateway/gateway.js";
import type { ReadAnswer } from "./gateway/results.js";

export type ExpirerOptions = {
  ask(question: ReadQuestion): Promise<ReadAnswer>;
  /** Runs a transaction under a fresh id. */
  run(transaction: { protocol: undefined; operations: Expire[]; checks: []; deadlineMs: number }): Promise<Result>;
  now(): number;
};

/** How late it may notice what is due, when the clock is moved, or when nobody answered. */
const LATE_MS = 250;
/** Looked at together. */
const PAGE = 256;
/** Removed by one transaction, unless one of them is held by another one. */
const TOGETHER = 64;
const WITHIN_MS = 5000;
const QUESTION = { keys: [], consistency: "committed", replica: undefined, deadlineMs: WITHIN_MS } as const;

export class Expirer {
  readonly #options: ExpirerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: ExpirerOptions) {
    this.#options = options;
  }

  /** Something may expire from now on: without this it looks at nothing. */
  wake(): void {
    if (this.#closed || this.#running || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#pass().then((more) => {
        this.#running = undefined;
        if (more) this.wake();
      });
    }, LATE_MS).unref();
  }

  /** Looks no more, and resolves when nothing of it is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /**
   * Removes all that is due, and tells whether there is more to come. What fails is tried again: whatever happened, it is
   * not done twice.
   */
  async #pass(): Promise<boolean> {
    try {
      for (let due = await this.#due(); due.length > 0 && !this.#closed; due = await this.#due()) {
        if (!(await this.#remove(due))) return true;
      }
      return (await this.#rows(EXPIRIES, 1)).length > 0;
    } catch {
      return true; // Nobody answers just now.
    }
  }

  async #due(): Promise<Expire[]> {
    return (await this.#rows(dueAt(this.#options.now()), PAGE)).map(expiryIn);
  }

  async #rows(range: KeyRange, limit: number): Promise<Key[]> {
    const ranges = [{ range, limit, reverse: false }];
    const { pages } = await this.#options.ask({ ...QUESTION, keys: [], ranges });
    return (pages[0]?.entries ?? []).map(({ key }) => key);
  }

  /** Whether all of it is gone. A key that is held does not keep the others. */
  async #remove(due: readonly Expire[]): Promise<boolean> {
    let isWhole = true;
    for (let start = 0; start < due.length; start += TOGETHER) {
      const some = due.slice(start, start + TOGETHER);
      const { outcome } = await this.#expire(some);
      if (outcome === "committed") continue;
      const results = await Promise.all(some.map((one) => this.#expire([one])));
      isWhole &&= results.every((result) => result.outcome === "committed");
    }
    return isWhole;
  }

  #expire(operations: Expire[]): Promise<Result> {
    return this.#options.run({ protocol: undefined, operations, checks: [], deadlineMs: WITHIN_MS });
  }
}
