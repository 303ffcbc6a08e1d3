/** All transactions of one role at one node: those that are open, and a bounded memory of how others ended. */

import type { Env, Event, Memory, Output, Role } from "./protocol.js";
import type { Forgotten, Horizon, RoleName, TransactionRecord } from "./record.js";
import type { Millis, TxnId } from "./transaction.js";

/** Outcomes are forgotten in batches of as many as are kept, up to this, so that the record which says so stays rare. */
const FORGET_AT_ONCE = 256;
/** Ids that sort by their time of birth (ULID). Only for these can "too old" be told from "never seen". */
const TIME_ORDERED = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** All that a ledger knows, as plain data. */
export type LedgerSnapshot<State, Rec> = { open: [TxnId, State][]; finished: Rec[]; horizon: Horizon };

export class Ledger<State, Rec extends TransactionRecord> {
  readonly #role: Role<State, Rec>;
  readonly #name: RoleName;
  /** Those that still have duties. */
  readonly #open = new Map<TxnId, State>();
  /** The last record of each of the others, oldest first: all that is to be known of them. */
  readonly #finished = new Map<TxnId, Rec>();
  #horizon: Horizon = { ordered: "", other: false };

  constructor(name: RoleName, role: Role<State, Rec>) {
    this.#name = name;
    this.#role = role;
  }

  /** Takes one record of the log, in order. */
  replay(record: Rec): void {
    this.#keep(record.txn, this.#role.apply(this.#recall(record.txn), record), record);
  }

  /** What the log says was dropped from it. */
  replayForgotten(record: Forgotten): void {
    for (const txn of record.txns) this.#finished.delete(txn);
    this.#horizon = record.horizon;
  }

  /** What is known of a transaction: nothing of one that is blank. */
  look(txn: TxnId): State {
    return this.#recall(txn);
  }

  knows(txn: TxnId): boolean {
    return this.#open.has(txn) || this.#finished.has(txn);
  }

  /** The last records of those that are finished, oldest first. */
  ends(): Rec[] {
    return [...this.#finished.values()];
  }

  step(txn: TxnId, event: Event, env: Env): Output {
    const before = this.#recall(txn);
    const [state, output] = this.#role.step(before, event, env);
    if (state !== before) this.#keep(txn, state, output.records.at(-1)?.record as Rec | undefined);
    return output;
  }

  /** Offers an event to every open transaction. */
  *stepOpen(event: Event, env: Env): Iterable<Output> {
    for (const txn of [...this.#open.keys()]) yield this.step(txn, event, env);
  }

  deadline(): Millis | undefined {
    let earliest: Millis | undefined;
    for (const state of this.#open.values()) {
      const at = this.#role.deadline(state);
      if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
    }
    return earliest;
  }

  /** Drops the oldest outcomes once there are clearly more than `retained`. */
  forget(retained: number): Forgotten | undefined {
    const surplus = this.#finished.size - retained;
    if (surplus < Math.min(FORGET_AT_ONCE, Math.max(retained, 1))) return undefined;
    const txns: TxnId[] = [];
    for (const txn of this.#finished.keys()) {
      if (txns.length === surplus) break;
      txns.push(txn);
    }
    const record: Forgotten = { kind: "forgotten", role: this.#name, txns, horizon: beyond(this.#horizon, txns) };
    this.replayForgotten(record);
    return record;
  }

  snapshot(): LedgerSnapshot<State, Rec> {
    return { open: [...this.#open], finished: [...this.#finished.values()], horizon: this.#horizon };
  }

  /** Goes on where another one was; only for a new ledger. */
  restore({ open, finished, horizon }: LedgerSnapshot<State, Rec>): void {
    for (const [txn, state] of open) this.#open.set(txn, state);
    for (const record of finished) this.#finished.set(record.txn, record);
    this.#horizon = horizon;
  }

  /** The states that still have duties. */
  open(): State[] {
    return [...this.#open.values()];
  }

  get remembered(): number {
    return this.#finished.size;
  }

  #recall(txn: TxnId): State {
    const open = this.#open.get(txn);
    if (open) return open;
    const last = this.#finished.get(txn);
    if (last) return this.#role.apply(this.#role.blank(txn, "unseen"), last);
    return this.#role.blank(txn, this.#memory(txn));
  }

  #memory(txn: TxnId): Memory {
    if (TIME_ORDERED.test(txn)) return txn <= this.#horizon.ordered ? "expired" : "unseen";
    return this.#horizon.other ? "unsure" : "unseen";
  }

  /** A finished state follows from its last record, so only that is kept. */
  #keep(txn: TxnId, state: State, last: Rec | undefined): void {
    const stage = this.#role.stage(state);
    if (stage === "open") {
      this.#open.set(txn, state);
      this.#finished.delete(txn);
    } else {
      this.#open.delete(txn);
      if (stage === "finished" && last) this.#finished.set(txn, last);
    }
  }
}

function beyond(horizon: Horizon, txns: readonly TxnId[]): Horizon {
  let { ordered, other } = horizon;
  for (const txn of txns) {
    if (!TIME_ORDERED.test(txn)) other = true;
    else if (txn > ordered) ordered = txn;
  }
  return { ordered, other };
}
