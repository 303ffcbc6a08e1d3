/**
 * Where commits stand in the one order that all replicas agree on, after Lamport (1978): a number for each transaction.
 *
 * A yes vote proposes a position above all that its node has seen (POS1), and the decision carries the largest of them
 * (POS2). So whoever begins after a commit was told, or needs its locks, stands behind it (POS3). Like locks, what a node
 * knows of positions follows from its records, live and at replay alike. They never decide whether something commits.
 */

import { type LogRecord, letsGo } from "./record.js";
import type { Position, Reach, TxnId } from "./transaction.js";

export type PositionsSnapshot = { clock: Position; begin: Position; promised: [TxnId, Position][] };

/** Where the changes of a node begin that is given copies: it can tell of none. */
export const COPIED: Position = Number.MAX_SAFE_INTEGER;

export class Positions {
  #clock: Position;
  #begin: Position;
  /** What was proposed for each transaction that is promised here, the lowest first: later promises are higher. */
  readonly #promised = new Map<TxnId, Position>();

  /** How far this node had come, as far as its storage knows. */
  constructor({ clock, begin }: Reach) {
    this.#clock = clock;
    this.#begin = begin;
  }

  /** The largest position that this node has proposed or heard of. It has to be as durable as what is said of it. */
  get clock(): Position {
    return this.#clock;
  }

  /** Changes up to here are not all known, since this node was given copies instead. */
  get begin(): Position {
    return this.#begin;
  }

  /** POS4. Up to here nothing more will be committed at this node: what is promised ends higher, and so does what comes. */
  get frontier(): Position {
    for (const lowest of this.#promised.values()) return lowest - 1;
    return this.#clock;
  }

  /** POS1. A proposal for what is about to be promised. */
  propose(): Position {
    this.#clock += 1;
    return this.#clock;
  }

  /** POS5. This node is given copies of what it has missed: it can tell of no changes until it is a member again. */
  interrupt(): void {
    this.#begin = COPIED;
  }

  /** It is a member, by this commit, which stands above all that it was given. */
  resume(position: Position): void {
    if (this.#begin === COPIED) this.#begin = position;
  }

  note(record: LogRecord): void {
    if (record.kind === "mismatched") this.note(record.real);
    if ("position" in record) this.#clock = Math.max(this.#clock, record.position ?? 0);
    if (record.kind === "prepared") this.#promised.set(record.txn, record.position);
    else if (letsGo(record)) this.#promised.delete(record.txn);
  }

  snapshot(): PositionsSnapshot {
    return { clock: this.#clock, begin: this.#begin, promised: [...this.#promised] };
  }

  restore({ clock, begin, promised }: PositionsSnapshot): void {
    this.#clock = clock;
    this.#begin = begin;
    for (const [txn, position] of promised) this.#promised.set(txn, position);
  }
}
