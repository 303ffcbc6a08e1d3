/** Random lives of transactions, as a node could log them: promised, decided, done, forgotten. */

import type { LogRecord, RoleName } from "../../actors/record.js";
import { concluded, decided, ended, prepared } from "./records.js";

const MOST_RECORDS = 6;
const CHANCE_TO_FORGET = 0.2;

export class Lives {
  readonly #random: () => number;
  readonly #prefix: string;
  readonly #open: Record<RoleName, string[]> = { coordinator: [], participant: [] };
  readonly #finished: Record<RoleName, string[]> = { coordinator: [], participant: [] };
  #born = 0;

  /** `prefix` tells the transactions of one sequence from those of another. */
  constructor(random: () => number, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  /** The records of one turn: some begin, some end, also in the same turn; what is forgotten comes last. */
  commit(): LogRecord[] {
    const steps = 1 + this.#below(MOST_RECORDS);
    const records = Array.from({ length: steps }, () =>
      this.#step(this.#below(2) === 0 ? "coordinator" : "participant"),
    );
    if (this.#random() < CHANCE_TO_FORGET) records.push(...this.#forget("participant"), ...this.#forget("coordinator"));
    return records;
  }

  #step(role: RoleName): LogRecord {
    const leads = role === "coordinator";
    if (this.#random() < 0.55) {
      this.#born += 1;
      const txn = `${this.#prefix}${this.#born}`;
      // Some end without having been open: given up when asked, or read only.
      const atOnce = this.#random() < 0.2;
      (atOnce ? this.#finished : this.#open)[role].push(txn);
      if (atOnce) return leads ? ended(txn) : concluded(txn);
      return leads ? decided(txn) : prepared(txn);
    }
    const txn = this.#take(this.#open[role]);
    if (txn === undefined) return this.#step(role);
    this.#finished[role].push(txn);
    return leads ? ended(txn) : concluded(txn);
  }

  #forget(role: RoleName): LogRecord[] {
    const txns = this.#finished[role].splice(0, this.#below(5));
    return txns.length === 0 ? [] : [{ kind: "forgotten", role, txns, horizon: { ordered: "", other: true } }];
  }

  /** The newest or any: what is open may end in the same turn, or much later. */
  #take(open: string[]): string | undefined {
    if (open.length === 0) return undefined;
    const [txn] = open.splice(this.#random() < 0.5 ? open.length - 1 : this.#below(open.length), 1);
    return txn;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
