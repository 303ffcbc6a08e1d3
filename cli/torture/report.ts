/** The end of a run: one object for scripts, some lines for people. */

import type { Mix } from "../../runtime/simulation/plan.js";
import { paint, type View } from "../output/view.js";
import type { Board } from "./board.js";
import { counts } from "./screen.js";
import type { Verdict } from "./torture.js";

/** The names are a promise to scripts. */
export type Report = {
  ok: boolean;
  seconds: number;
  seed: number;
  protocol: Mix;
  rounds: number;
  /** Faults that hurt somebody, by kind. */
  faults: Record<string, number>;
  /** Kinds of faults that could not be done here, and why. */
  skipped: string[];
  slowestRecoveryMs: number;
  committed: number;
  /** By code of the error table. */
  aborted: Record<string, number>;
  unknown: Record<string, number>;
  reads: number;
  /** Transaction functions among those that committed, and how often they ran. */
  functions: { committed: number; attempts: number };
  /** Transactions that a watch has told of, each once and in order. */
  watched: number;
  /** The verdict on what the clients saw. */
  history: { operations: number; exact: boolean; anomalies: string[] };
  violations: string[];
  /** Where history, data and logs are, after a failure. */
  kept: string | null;
};

export function reportOf(
  board: Board,
  { seed, protocol }: Pick<Report, "seed" | "protocol">,
  { violations, rounds, kept }: Verdict,
): Report {
  const { tally, faults, skipped, slowestRecoveryMs, seconds, watched, history } = board;
  return {
    ok: violations.length === 0,
    seconds: Number(seconds.toFixed(1)),
    seed,
    protocol,
    rounds,
    faults,
    skipped,
    slowestRecoveryMs,
    committed: tally.committed,
    aborted: tally.aborted,
    unknown: tally.unknown,
    reads: tally.reads,
    functions: { ...tally.functions },
    watched,
    history,
    violations,
    kept,
  };
}

/** The report for people. */
export function reportText(view: View, report: Report): string {
  const {
    ok,
    seconds,
    seed,
    protocol,
    rounds,
    faults,
    skipped,
    slowestRecoveryMs,
    committed,
    reads,
    functions,
    violations,
    kept,
  } = report;
  const verdict = ok ? paint(view, "green", "nothing was broken") : paint(view, "red", "broken promises");
  return [
    `${paint(view, "bold", verdict)} in ${seconds} s and ${rounds} rounds of ${protocol}, seed ${seed}`,
    ...violations.map((violation) => `  ${violation}`),
    `faults     ${counts(faults)}; slowest recovery ${slowestRecoveryMs} ms`,
    ...skipped.map((reason) => `skipped    ${reason}`),
    `traffic    ${committed} committed, ${reads} reads`,
    `functions  ${functions.committed} of them, in ${functions.attempts} attempts`,
    `aborted    ${counts(report.aborted)}`,
    `unknown    ${counts(report.unknown)}, each settled later`,
    `watched    ${report.watched} transactions`,
    `history    ${historyText(report.history)}`,
    ...(kept === null ? [] : [`kept       ${kept}`]),
  ].join("\n");
}

function historyText({ operations, exact, anomalies }: Report["history"]): string {
  if (anomalies.length > 0) return `${operations} operations: ${anomalies.join(", ")}`;
  return `${operations} operations, ${exact ? "strictly serializable" : "no anomaly found, but not all could be decided"}`;
}
