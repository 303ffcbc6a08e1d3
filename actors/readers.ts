/** Readers of a replica: a linearizable read waits, within its bound, until none of its keys is undecided. */

import type { LockTable } from "./locks.js";
import type { Read } from "./message.js";
import type { Env, Outgoing } from "./protocol.js";
import type { Address, Key, Millis, TxnId } from "./transaction.js";

/** A reader that waits for an undecided write. */
export type Waiting = { client: Address; read: Read; until: Millis };

export class Readers {
  #waiting: Waiting[] = [];

  /** Answers at once, or keeps the reader. */
  onRead(client: Address, read: Read, locks: LockTable, env: Env): Outgoing[] {
    if (read.consistency === "committed" || !undecided(read, locks)) return [values(client, read, env, false)];
    this.#waiting.push({ client, read, until: env.now + read.deadlineMs });
    return [];
  }

  /** Answers those whose keys became free, and those that waited too long. */
  wake(locks: LockTable, env: Env): Outgoing[] {
    if (this.#waiting.length === 0) return [];
    const answers: Outgoing[] = [];
    this.#waiting = this.#waiting.filter(({ client, read, until }) => {
      const blocked = undecided(read, locks);
      if (!blocked) answers.push(values(client, read, env, true));
      else if (env.now >= until) answers.push(tooLate(client, read, blocked));
      else return true;
      return false;
    });
    return answers;
  }

  deadline(): Millis | undefined {
    if (this.#waiting.length === 0) return undefined;
    return this.#waiting.reduce((earliest, { until }) => Math.min(earliest, until), Number.POSITIVE_INFINITY);
  }

  get size(): number {
    return this.#waiting.length;
  }

  snapshot(): Waiting[] {
    return [...this.#waiting];
  }

  restore(waiting: readonly Waiting[]): void {
    this.#waiting = [...waiting];
  }
}

function undecided(read: Read, locks: LockTable): { key: Key; txn: TxnId } | undefined {
  for (const key of read.keys) {
    const txn = locks.writer(key);
    if (txn !== undefined) return { key, txn };
  }
  return undefined;
}

function values(target: Address, { request, keys }: Read, env: Env, waited: boolean): Outgoing {
  return { target, body: { kind: "values", request, values: keys.map((key) => env.read(key)), waited } };
}

function tooLate(target: Address, { request }: Read, blocked: { key: Key; txn: TxnId }): Outgoing {
  return { target, body: { kind: "values", request, waited: true, blocked } };
}
