/** Runs transactions and keeps what became of each: one whose answer was lost is asked for until it is known. */

import type { ProtocolName } from "../../actors/transaction.js";
import type { Check, Cluster, Operation, Result } from "../../runtime/api.js";
import { AyesError, type Why } from "../../runtime/errors.js";
import type { TransactionFunction } from "../../runtime/function-api.js";

export type Question = { operations: readonly Operation[]; checks?: readonly Check[] };
type Asked = Question & { protocol: ProtocolName };
/** How a transaction ended for good. */
export type End = "committed" | "aborted";
export type Ended = (end: End) => void;

/** What clients were told so far, for the screen and the summary. */
export class Tally {
  committed = 0;
  /** By code of the error table. */
  readonly aborted: Record<string, number> = {};
  readonly unknown: Record<string, number> = {};
  reads = 0;
  /** Transaction functions among them that committed, and how often those ran. */
  readonly functions = { committed: 0, attempts: 0 };
}

type Open = { txn: string; question: Asked; ended: Ended };

const DEADLINE_MS = 2000;
/** For what was refused before it became a transaction. */
const NEVER = "";
const AFTER_ERROR_MS = 20;
const FUNCTION_MS = 4000;
/** Asked for under the id of a function that the cluster has never seen, and nobody repeats: so it will never be run. */
const IMPOSSIBLE: Question = {
  operations: [{ op: "del", key: "never" }],
  checks: [{ key: "never", is: "exists" }],
};

export class Clerk {
  /** Every transaction with writes that certainly ended, and how. Without writes it leaves nothing to be found. */
  readonly told = new Map<string, End>();
  readonly broken: string[] = [];
  readonly #cluster: Cluster;
  readonly #tally: Tally;
  /** Draws the protocol of a transaction. */
  readonly #protocol: () => ProtocolName;
  readonly #open = new Map<string, Open>();

  constructor(cluster: Cluster, tally: Tally, protocol: () => ProtocolName) {
    this.#cluster = cluster;
    this.#tally = tally;
    this.#protocol = protocol;
  }

  /** Transactions of which nobody knows yet. */
  get open(): number {
    return this.#open.size;
  }

  /** Runs a transaction. `ended` hears how it ended, at once (then this is true) or after it was settled. */
  async run(asked: Question, ended: Ended): Promise<boolean> {
    const question = { ...asked, protocol: this.#protocol() };
    const result = await this.#ask(question);
    const { txn } = result;
    if (result.outcome === "committed") this.#tally.committed += 1;
    else count(this.#tally[result.outcome], result.why.code);
    if (result.outcome === "unknown") {
      this.#open.set(txn, { txn, question, ended });
    } else {
      this.#close({ txn, question, ended }, result.outcome);
    }
    if (result.outcome !== "committed" && result.why.code !== "conflict") await pause();
    return result.outcome !== "unknown";
  }

  /**
   * Runs a transaction function. `ended` hears how it ended, at once or after it was settled. Whoever waits for it is told
   * only what is known at once.
   */
  async perform(work: TransactionFunction<unknown>, ended: Ended = () => undefined): Promise<End | undefined> {
    const protocol = this.#protocol();
    const result = await this.#cluster.transaction(work, { protocol, deadlineMs: FUNCTION_MS }).catch(refused);
    const { outcome, txn = NEVER } = result;
    if (outcome === "unknown") this.#open.set(txn, { txn, question: { ...IMPOSSIBLE, protocol }, ended });
    else this.#close({ txn, question: { ...IMPOSSIBLE, protocol }, ended }, outcome);
    if (outcome === "committed") {
      this.#tally.committed += 1;
      this.#tally.functions.committed += 1;
      this.#tally.functions.attempts += result.attempts;
    } else {
      count(this.#tally[outcome], result.why.code);
      await pause();
    }
    return outcome === "unknown" ? undefined : outcome;
  }

  /** Asks for everything that is not known. True when nothing is left. */
  async settle(): Promise<boolean> {
    await Promise.all([...this.#open.values()].map((open) => this.#settle(open).catch(() => undefined)));
    return this.#open.size === 0;
  }

  /** One that the cluster has never seen is sent again under its id, which must not run it twice. */
  async #settle(open: Open): Promise<void> {
    const { txn, question } = open;
    const answer = await this.#cluster.outcome(txn);
    if (answer.outcome === "committed" || answer.outcome === "aborted") {
      this.#open.delete(txn);
      this.#close(open, answer.outcome);
    } else if (answer.outcome === "expired") {
      this.#open.delete(txn);
      this.broken.push(`${txn} is expired, though it was asked for as soon as its answer was lost`);
    } else if (answer.outcome === "not-found") {
      await this.#ask(question, { id: txn });
    }
  }

  #close({ txn, question, ended }: Open, end: End): void {
    if (txn !== NEVER && question.operations.length > 0) this.told.set(txn, end);
    ended(end);
  }

  async #ask({ operations, checks = [], protocol }: Asked, named: { id?: string } = {}): Promise<Result> {
    try {
      return await this.#cluster.transact(operations, { ...named, protocol, checks, deadlineMs: DEADLINE_MS });
    } catch (error) {
      return refused(error);
    }
  }
}

/** What certainly did not happen, and has no id. */
function refused(error: unknown): { outcome: "aborted"; txn: string; why: Why; attempts: number } {
  if (!(error instanceof AyesError && error.definite)) throw error;
  return { outcome: "aborted", txn: NEVER, why: error.why, attempts: 1 };
}

/** A client that is refused at once must not spin. */
export function pause(ms = AFTER_ERROR_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Adds to a count by name. */
export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
