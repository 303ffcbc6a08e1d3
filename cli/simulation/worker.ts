/** What a piscina worker of the simulator runs: one seed after the other, each a cluster of its own. */

import type { Membership } from "../../runtime/config.js";
import type { PromiseName } from "../../runtime/simulation/judge.js";
import { type Mix, planOf } from "../../runtime/simulation/plan.js";
import { simulate } from "../../runtime/simulation/run.js";

/** What is played, and by whose rules. */
export type Kind = { protocol: Mix; membership: Membership; partition: boolean };

/** Seeds from `first` on. */
export type Seeds = Kind & { first: number; count: number };

/** Sums over runs, and what was broken. */
export type Totals = {
  runs: number;
  turns: number;
  transactions: number;
  committed: number;
  /** The longest simulated time from the healing until all had settled. */
  settledMsMost: number;
  violations: { seed: number; promise: PromiseName; says: string }[];
};

export function noTotals(): Totals {
  return { runs: 0, turns: 0, transactions: 0, committed: 0, settledMsMost: 0, violations: [] };
}

/** Runs the seeds. A violation does not end them: how many seeds find it is worth knowing. */
export function runSeeds({ first, count, protocol, ...variant }: Seeds): Totals {
  const totals = noTotals();
  for (let seed = first; seed < first + count; seed += 1) {
    const { violations, turns, transactions, committed, settledMs } = simulate(planOf(seed, protocol, variant));
    totals.runs += 1;
    totals.turns += turns;
    totals.transactions += transactions;
    totals.committed += committed;
    totals.settledMsMost = Math.max(totals.settledMsMost, settledMs);
    const [worst] = violations;
    if (worst) totals.violations.push({ seed, ...worst });
  }
  return totals;
}
