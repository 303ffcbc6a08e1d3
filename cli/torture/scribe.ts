/** The history of one round: requests of clients, each in its own line of time, as the checker wants them. */

import type { TransactionFunction } from "../../runtime/function-api.js";
import type { HistoryRecorder, Micro, Request } from "../history/history.js";
import type { Clerk, Ended, Question } from "./clerk.js";

/** A client of the history. After an answer that was lost it goes on under a new number. */
export class Scribe {
  readonly #recorder: HistoryRecorder;
  readonly #clerk: Clerk;
  readonly #numbers: Numbers;
  #process: number;

  constructor(recorder: HistoryRecorder, clerk: Clerk, numbers: Numbers) {
    this.#recorder = recorder;
    this.#clerk = clerk;
    this.#numbers = numbers;
    this.#process = numbers.next();
  }

  /** Runs a transaction that stands in the history as `request`; `read` is what it will have read if it commits. */
  async run(request: Request, question: Question, read?: readonly Micro[]): Promise<void> {
    await this.#record(request, read, (ended) => this.#clerk.run(question, ended));
  }

  /** Runs a function whose steps are those of `request`; `read` is filled by each attempt with what it reads. */
  async perform(request: Request, work: TransactionFunction<unknown>, read: readonly Micro[]): Promise<void> {
    await this.#record(request, read, async (ended) => (await this.#clerk.perform(work, ended)) !== undefined);
  }

  async #record(
    request: Request,
    read: readonly Micro[] | undefined,
    run: (ended: Ended) => Promise<boolean>,
  ): Promise<void> {
    const process = this.#process;
    this.#recorder.invoke(process, request);
    this.#numbers.open.add(process);
    const known = await run((end) => {
      this.#numbers.open.delete(process);
      if (end === "committed") this.#recorder.ok(process, read);
      else this.#recorder.fail(process);
    });
    if (!known) this.#process = this.#numbers.next();
  }

  /** Reads; undefined if no answer came. */
  async read<T>(request: Request, ask: () => Promise<T>, answer: (result: T) => unknown): Promise<T | undefined> {
    this.#recorder.invoke(this.#process, request);
    try {
      const result = await ask();
      this.#recorder.ok(this.#process, answer(result));
      return result;
    } catch {
      this.#recorder.fail(this.#process);
      return undefined;
    }
  }
}

/** The numbers of the processes of one history. */
export class Numbers {
  /** Those that wait for an answer. */
  readonly open = new Set<number>();
  #last = -1;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
