/**
 * Gives the event loop its turn. Direct reads are answered without one, and a program that only awaits such answers would
 * keep its timers, its sockets and what it has asked of the cluster waiting for ever.
 */

import type { Page } from "../../actors/message.js";

/** Keys read in a row at most, and what an entry of a page counts as. */
const IN_A_ROW = 256;
const ENTRY = 0.25;

export class Pace {
  #taken = 0;
  #turn: Promise<void> | undefined;

  /** What to wait for before an answer of so many keys, and these pages, is given, if that is due. */
  step(keys: number, pages: readonly Page[]): Promise<void> | undefined {
    this.#taken += keys;
    for (const { entries } of pages) this.#taken += 1 + entries.length * ENTRY;
    if (this.#taken < IN_A_ROW) return undefined;
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#taken = 0;
        this.#turn = undefined;
        resolve();
      });
    });
    return this.#turn;
  }
}
