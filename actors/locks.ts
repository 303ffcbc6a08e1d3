/** The keyed lock table: first arrival wins, all keys or none, nobody waits. So there is no deadlock. */

import { assert } from "./protocol.js";
import type { Footprint, Key, TxnId } from "./transaction.js";

export type Conflict = { key: Key; winner: TxnId };

type Lock = { writer: TxnId } | { readers: Set<TxnId> };

export class LockTable {
  readonly #locks = new Map<Key, Lock>();
  readonly #held = new Map<TxnId, Footprint>();

  /** Takes every key of the footprint for `txn`. A conflict was ruled out before. */
  acquire(txn: TxnId, footprint: Footprint): void {
    assert(!this.conflict(footprint), `${txn} takes a key that another transaction holds`);
    this.#held.set(txn, footprint);
    for (const key of footprint.writes) this.#locks.set(key, { writer: txn });
    for (const key of footprint.reads) this.#share(key, txn);
  }

  /** Lets go of every key that `txn` holds. */
  release(txn: TxnId): void {
    const footprint = this.#held.get(txn);
    if (!footprint) return;
    this.#held.delete(txn);
    for (const key of footprint.writes) this.#locks.delete(key);
    for (const key of footprint.reads) this.#unshare(key, txn);
  }

  /** The transaction with an undecided write of this key. */
  writer(key: Key): TxnId | undefined {
    const lock = this.#locks.get(key);
    return lock && "writer" in lock ? lock.writer : undefined;
  }

  /** How many keys are locked. */
  get size(): number {
    return this.#locks.size;
  }

  /** Who holds what, for people. */
  list(): { txn: TxnId; writes: Key[]; reads: Key[] }[] {
    return [...this.#held].map(([txn, { writes, reads }]) => ({ txn, writes, reads }));
  }

  /** The first key that a transaction which came first holds in the way of this footprint. */
  conflict({ writes, reads }: Footprint): Conflict | undefined {
    for (const key of writes) {
      const lock = this.#locks.get(key);
      if (lock) return { key, winner: "writer" in lock ? lock.writer : first(lock.readers) };
    }
    for (const key of reads) {
      const winner = this.writer(key);
      if (winner !== undefined) return { key, winner };
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
