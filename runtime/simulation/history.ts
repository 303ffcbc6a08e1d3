/** What the clients of a simulated run asked and were told, with an order of real time. */

import type { Consistency } from "../../actors/message.js";
import type {
  Check,
  Entry,
  Key,
  KeyRange,
  NodeId,
  Operation,
  Outcome,
  Stored,
  TxnId,
} from "../../actors/transaction.js";

/** What somebody saw, all of it at one moment: keys, and all that there was in some ranges. */
export type Sight = {
  keys: readonly Key[];
  values: readonly (Stored | undefined)[];
  pages: readonly { range: KeyRange; entries: readonly Entry[] }[];
};

/** A transaction, asked for once or several times under one id. `began` and `ended` count events of the whole run. */
export type Transaction = {
  kind: "transaction";
  txn: TxnId;
  operations: Operation[];
  checks: Check[];
  began: number;
  /** When somebody was first told for certain. */
  ended: number | undefined;
  told: Outcome | undefined;
  /** Whether it may have been run again after its client was told that it was aborted. */
  mayRunAgain: boolean;
};

export type Reading = Sight & {
  kind: "reading";
  replica: NodeId;
  consistency: Consistency;
  began: number;
  ended: number;
  /** The `values` of the answer that told it, the very object. */
  answer: object;
};

export class History {
  readonly transactions = new Map<TxnId, Transaction>();
  readonly readings: Reading[] = [];
  /** Contradictions in what clients were told of one transaction. */
  readonly contradictions: string[] = [];
  /** Transactions that are what a function came to in one attempt: its name, and what it had read. */
  readonly attempts = new Map<TxnId, { name: string; seen: Sight }>();
  readonly #network: { copies: boolean; rerunsAborted: boolean };
  #clock = 0;

  /**
   * In an up-set an id that was refused by a replica which has failed since is run again when it is sent again, or when a
   * copy of the question arrives late.
   */
  constructor(network: { copies: boolean; rerunsAborted: boolean }) {
    this.#network = network;
  }

  /** The next instant. */
  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  begin(txn: TxnId, operations: Operation[], checks: Check[]): void {
    const known = this.transactions.get(txn);
    if (known) return this.insist(txn);
    const mayRunAgain = this.#network.rerunsAborted && this.#network.copies;
    const began = this.tick();
    this.transactions.set(txn, {
      kind: "transaction",
      txn,
      operations,
      checks,
      began,
      ended: undefined,
      told: undefined,
      mayRunAgain,
    });
  }

  /** Its client does not wait for the first answer: there are several questions about it under way. */
  insist(txn: TxnId): void {
    const transaction = this.transactions.get(txn);
    if (transaction) transaction.mayRunAgain = this.#network.rerunsAborted;
  }

  /** A client is told for certain how a transaction ended. */
  tell(txn: TxnId, outcome: Outcome): void {
    const transaction = this.transactions.get(txn);
    if (!transaction) return;
    if (transaction.told === "aborted" && outcome === "committed" && transaction.mayRunAgain) {
      transaction.told = outcome;
      transaction.ended = this.tick();
    }
    if (transaction.told !== undefined && transaction.told !== outcome && !transaction.mayRunAgain) {
      this.contradictions.push(`${txn} was told ${transaction.told} first and ${outcome} later`);
    }
    transaction.told ??= outcome;
    transaction.ended ??= this.tick();
  }
}
