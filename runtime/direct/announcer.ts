/** Shows the program's other threads what is undecided at a replica: as its locks do, that follows from its records. */

import type { Node } from "../../actors/node.js";
import { type LogRecord, letsGo } from "../../actors/record.js";
import type { TxnId } from "../../actors/transaction.js";
import { placeOf, type Signals } from "./signals.js";

export class Announcer {
  readonly #signals: Signals;
  readonly #held = new Map<TxnId, readonly number[]>();
  #released: (readonly number[])[] = [];

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  /** Before a record takes effect: no promise may be heard of before its keys count as undecided. */
  before(record: LogRecord): void {
    if (record.kind === "prepared") {
      this.#release(record.txn);
      const places = record.writes.map(({ key }) => placeOf(key));
      this.#signals.lock(places);
      this.#held.set(record.txn, places);
    } else if (letsGo(record)) this.#release(record.txn);
  }

  /** After all of a turn is on disk and can be read: only now are keys that were let go of free. */
  after(changed: boolean, { serves, positions }: Pick<Node, "serves" | "positions">): void {
    this.#signals.reach(positions.frontier);
    if (changed) this.#signals.changed();
    for (const places of this.#released) this.#signals.unlock(places);
    this.#released = [];
    this.#signals.serve(serves);
  }

  #release(txn: TxnId): void {
    const places = this.#held.get(txn);
    if (!places) return;
    this.#held.delete(txn);
    this.#released.push(places);
  }
}
