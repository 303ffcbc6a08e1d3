/** Somebody who records a running cluster, and hears of each node only from where its state is known. */

import type { NodeId } from "../../actors/transaction.js";
import type { JournalLine } from "../journal.js";
import type { Life } from "../tracing-api.js";
import type { Entry, Told } from "./entry.js";

export class Recorder {
  readonly #hear: (entry: Entry) => void;
  /** The incarnation of which it has a standpoint. */
  readonly #known = new Map<NodeId, number>();

  constructor(hear: (entry: Entry) => void) {
    this.#hear = hear;
  }

  /** What was told before a standpoint may have been cut, and leads to nothing. */
  line(line: JournalLine): void {
    if (this.#known.get(line.node) === line.epoch && line.whole) this.#hear({ kind: "turn", line });
  }

  told(told: Told): void {
    if (told.kind === "standpoint") this.#known.set(told.node, told.epoch);
    if (this.#known.has(told.node)) this.#hear(told);
  }

  life(life: Life): void {
    this.#hear({ kind: "life", life });
  }
}
