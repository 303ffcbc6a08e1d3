/** Whether stores are whole, asked of one process that looks at one after the other and ends when all are seen. */

import type { Target } from "../../storage/snapshot.js";
import { AyesError } from "../errors.js";
import { Examiner } from "./examiner.js";

export class Gatekeeper {
  #last: Promise<unknown> = Promise.resolve();
  #examiner: Examiner | undefined;
  #waiting = 0;

  /** Resolves when every row of a store has been seen and is right. Rejects with what is wrong. */
  requireWhole(target: Target): Promise<void> {
    this.#waiting += 1;
    const seen = this.#last.then(() => this.#look(target));
    this.#last = seen.catch(() => undefined);
    return seen;
  }

  async #look(target: Target): Promise<void> {
    this.#examiner ??= new Examiner();
    try {
      await this.#examiner.open(target);
      const [first] = (await this.#examiner.examine()).damages;
      if (first) throw new AyesError(first.code, `${target.folder}: ${first.message}`);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 || this.#examiner.over) {
        this.#examiner.close();
        this.#examiner = undefined;
      }
    }
  }
}
