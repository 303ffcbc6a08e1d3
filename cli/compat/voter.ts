/** How a process votes: yes, unless the master told it to vote no, or a URL is longer than its rule allows. */

import type { Consider, VerdictReport } from "../../actors/message.js";
import { urlOf } from "./playlist.js";

export class Voter {
  /** Bytes of a URL at most. */
  readonly #longest: number;
  #vetoes = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Whatever is asked next gets a no. */
  vetoNext(): void {
    this.#vetoes = true;
  }

  judge({ txn, attempt, operations }: Consider): VerdictReport {
    const isTooLong = operations.some(
      (operation) => operation.op === "put" && Buffer.byteLength(urlOf(operation.value)) > this.#longest,
    );
    const detail = this.#vetoes ? "the master said so" : isTooLong ? `the URL has over ${this.#longest} bytes` : "";
    this.#vetoes = false;
    return { kind: "verdict", txn, attempt, yes: detail === "", detail };
  }
}
