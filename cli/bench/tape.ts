/** What a client of a benchmark writes down: nothing, or its part of a history that can be checked. */

import type { Result } from "../../runtime/api.js";
import { HistoryRecorder, type Request } from "../history/history.js";

/** One client's. */
export type Tape = {
  invoke(request: Request): void;
  ok(read?: unknown): void;
  fail(): void;
  /** How a transaction ended, and what it had read. */
  note(outcome: Result["outcome"], read?: unknown): void;
  /** A value to write, of the size of the sample. On a history no value is written twice: then reads tell whose it was. */
  valueFrom(sample: string): string;
};

const nothing = () => undefined;

/** For a benchmark without a history. */
export const BLANK: Tape = {
  invoke: nothing,
  ok: nothing,
  fail: nothing,
  note: nothing,
  valueFrom: (sample) => sample,
};

/** Where a history goes, and which process numbers are free: `first`, and from there every `step`. Plain data. */
export type Place = { file: string; origin: bigint; first: number; step: number };

/** The tapes of all clients that share a file. */
export class Tapes {
  readonly #recorder: HistoryRecorder;
  readonly #step: number;
  #next: number;

  constructor({ file, origin, first, step }: Place) {
    this.#recorder = new HistoryRecorder(file, origin);
    this.#step = step;
    this.#next = first;
  }

  newTape(): Tape {
    const recorder = this.#recorder;
    let client = this.#newProcess();
    let values = 0;
    return {
      invoke: (request) => recorder.invoke(client, request),
      ok: (read) => recorder.ok(client, read),
      fail: () => recorder.fail(client),
      note: (outcome, read) => {
        if (outcome === "committed") recorder.ok(client, read);
        else if (outcome === "aborted") recorder.fail(client);
        else {
          recorder.info(client);
          // Its request may still be under way: it is another process that goes on.
          client = this.#newProcess();
        }
      },
      valueFrom: (sample) => `${client}.${values++}.`.padEnd(sample.length, "v"),
    };
  }

  close(): void {
    this.#recorder.close();
  }

  #newProcess(): number {
    const process = this.#next;
    this.#next += this.#step;
    return process;
  }
}
