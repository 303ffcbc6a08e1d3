/** The table of locks on keys and ranges: first arrival wins, all keys or none, nobody waits. So there is no deadlock. */

import { assert } from "./protocol.js";
import { isWithin } from "./range.js";
import type { Footprint, Key, KeyRange, TxnId } from "./transaction.js";

export type Conflict = { key: Key; winner: TxnId };

/** What a transaction holds. */
export type Held = Footprint & { txn: TxnId };

type Lock = { writer: TxnId } | { readers: Set<TxnId> };

export class LockTable {
  readonly #locks = new Map<Key, Lock>();
  readonly #ranges = new Map<TxnId, readonly KeyRange[]>();
  readonly #held = new Map<TxnId, Footprint>();

  /** Takes every key of the footprint for `txn`. A conflict was ruled out before. */
  acquire(txn: TxnId, footprint: Footprint): void {
    assert(!this.conflict(footprint), `${txn} takes a key that another transaction holds`);
    this.#held.set(txn, footprint);
    for (const key of footprint.writes) this.#locks.set(key, { writer: txn });
    for (const key of footprint.reads) this.#share(key, txn);
    if (footprint.ranges.length > 0) this.#ranges.set(txn, footprint.ranges);
  }

  /** Lets go of every key that `txn` holds. */
  release(txn: TxnId): void {
    const footprint = this.#held.get(txn);
    if (!footprint) return;
    this.#held.delete(txn);
    for (const key of footprint.writes) this.#locks.delete(key);
    for (const key of footprint.reads) this.#unshare(key, txn);
    this.#ranges.delete(txn);
  }

  /** The transaction with an undecided write of this key. */
  writer(key: Key): TxnId | undefined {
    const lock = this.#locks.get(key);
    return lock && "writer" in lock ? lock.writer : undefined;
  }

  /** A transaction with an undecided write in this range. */
  writerIn(range: KeyRange): Conflict | undefined {
    for (const [key, lock] of this.#locks) {
      if ("writer" in lock && isWithin(key, range)) return { key, winner: lock.writer };
    }
    return undefined;
  }

  /** How many keys and ranges are locked. */
  get size(): number {
    return this.#locks.size + this.#ranges.size;
  }

  /** Who holds what. */
  list(): Held[] {
    return [...this.#held].map(([txn, held]) => ({ txn, ...held }));
  }

  /** The first key that a transaction which came first holds in the way of this footprint. */
  conflict({ writes, reads, ranges }: Footprint): Conflict | undefined {
    for (const key of writes) {
      const winner = this.#holder(key);
      if (winner !== undefined) return { key, winner };
    }
    for (const key of reads) {
      const winner = this.writer(key);
      if (winner !== undefined) return { key, winner };
    }
    for (const range of ranges) {
      const conflict = this.writerIn(range);
      if (conflict) return conflict;
    }
    return undefined;
  }

  /** Who has written or read this key, or a range with it. */
  #holder(key: Key): TxnId | undefined {
    const lock = this.#locks.get(key);
    if (lock) return "writer" in lock ? lock.writer : first(lock.readers);
    for (const [txn, ranges] of this.#ranges) {
      if (ranges.some((range) => isWithin(key, range))) return txn;
    }
    return undefined;
  }

  #share(key: Key, txn: TxnId): void {
    const lock = this.#locks.get(key);
    if (lock && "readers" in lock) lock.readers.add(txn);
    else this.#locks.set(key, { readers: new Set([txn]) });
  }

  #unshare(key: Key, txn: TxnId): void {
    const lock = this.#locks.get(key);
    if (!lock || !("readers" in lock)) return;
    lock.readers.delete(txn);
    if (lock.readers.size === 0) this.#locks.delete(key);
  }
}

function first(readers: Set<TxnId>): TxnId {
  for (const txn of readers) return txn;
  return "";
}
