/** Readers of a replica: a linearizable read waits, within its bound, until nothing that it reads is undecided. */

import { flawIn } from "./check.js";
import type { LockTable } from "./locks.js";
import type { Page, Read, Values } from "./message.js";
import { pageOf } from "./page.js";
import type { Env, Outgoing } from "./protocol.js";
import type { Address, Key, Millis, TxnId } from "./transaction.js";

/** A reader that waits for an undecided write. */
export type Waiting = { client: Address; read: Read; until: Millis };

type Blocked = { key: Key; txn: TxnId };

export class Readers {
  #waiting: Waiting[] = [];

  /** Answers at once, or keeps the reader. */
  onRead(client: Address, read: Read, locks: LockTable, env: Env): Outgoing[] {
    const seen = look(read, locks, env);
    if (!("txn" in seen)) return [answer(client, read, seen, false, env)];
    this.#waiting.push({ client, read, until: env.now + read.deadlineMs });
    return [];
  }

  /** Answers those who need not wait any more, and those that waited too long. */
  wake(locks: LockTable, env: Env): Outgoing[] {
    if (this.#waiting.length === 0) return [];
    const answers: Outgoing[] = [];
    this.#waiting = this.#waiting.filter(({ client, read, until }) => {
      const seen = look(read, locks, env);
      if (!("txn" in seen)) answers.push(answer(client, read, seen, true, env));
      else if (env.now >= until) answers.push(answer(client, read, { blocked: seen }, true, env));
      else return true;
      return false;
    });
    return answers;
  }

  deadline(): Millis | undefined {
    if (this.#waiting.length === 0) return undefined;
    return this.#waiting.reduce((earliest, { until }) => Math.min(earliest, until), Number.POSITIVE_INFINITY);
  }

  /** How many wait for each transaction. */
  waiters(locks: LockTable): ReadonlyMap<TxnId, number> {
    const counts = new Map<TxnId, number>();
    for (const { read } of this.#waiting) {
      const written = read.keys.map((key) => locks.writer(key));
      const within = (read.ranges ?? []).map(({ range }) => locks.writerIn(range)?.winner);
      const txn = [...written, ...within].find((winner) => winner !== undefined);
      if (txn !== undefined) counts.set(txn, (counts.get(txn) ?? 0) + 1);
    }
    return counts;
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

export type Seen = Pick<Values, "values" | "pages" | "changed" | "blocked">;

/** What there is to read at this moment, whoever may be about to change it. */
export function see(read: Pick<Read, "keys" | "ranges" | "held">, env: Pick<Env, "read" | "scan">): Seen {
  return seeWith(
    (read.ranges ?? []).map((query) => pageOf(query, env)),
    read,
    env,
  );
}

function seeWith(
  pages: Page[],
  { keys, ranges, held }: Pick<Read, "keys" | "ranges" | "held">,
  env: Pick<Env, "read" | "scan">,
): Seen {
  const changed = held && flawIn(held, env);
  if (changed) return { changed };
  const values = keys.map((key) => env.read(key));
  return ranges ? { values, pages } : { values };
}

/** What there is to read at this moment, or who holds some of it undecided. */
function look(read: Read, locks: LockTable, env: Env): Seen | Blocked {
  const pages = (read.ranges ?? []).map((query) => pageOf(query, env));
  const blocked = read.consistency === "linearizable" ? undecided(read, pages, locks) : undefined;
  return blocked ?? seeWith(pages, read, env);
}

/**
 * An undecided write in what is read, or in what was read before: that one may have been decided elsewhere, and what is
 * read now may rest on it.
 */
function undecided({ keys, held = [] }: Read, pages: readonly Page[], locks: LockTable): Blocked | undefined {
  for (const key of [...keys, ...held.flatMap((check) => ("key" in check ? [check.key] : []))]) {
    const txn = locks.writer(key);
    if (txn !== undefined) return { key, txn };
  }
  const ranges = held.flatMap((check) => ("range" in check ? [check.range] : []));
  for (const range of [...pages.map(({ covered }) => covered), ...ranges]) {
    const conflict = locks.writerIn(range);
    if (conflict) return { key: conflict.key, txn: conflict.winner };
  }
  return undefined;
}

function answer(target: Address, { request }: Read, seen: Seen, waited: boolean, env: Env): Outgoing {
  return { target, body: { kind: "values", request, ...seen, waited, position: env.frontier } };
}
