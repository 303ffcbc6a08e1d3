/** TCommit, what every commit protocol must do, as Gray and Lamport specify it ("Consensus on Transaction Commit"). */

import type { Invariant, Step, TransitionSystem } from "../transition-system.js";

/** Of each resource manager. */
export type Phase = "working" | "prepared" | "committed" | "aborted";

/** All of a transaction: `rmState` of the specification. */
export type TCommitState = readonly Phase[];

/** `TCConsistent`: nobody has committed while somebody has aborted. */
export const TC_CONSISTENT: Invariant<TCommitState> = {
  name: "TCConsistent",
  holds: (phases) => !(phases.includes("aborted") && phases.includes("committed")),
};

/** The specification for `count` resource managers. */
export function tcommit(count: number): TransitionSystem<TCommitState> {
  return {
    initial: () => [Array<Phase>(count).fill("working")],
    next: (phases) => phases.flatMap((_, index) => steps(phases, index)),
    key: (phases) => phases.join(),
    invariants: [TC_CONSISTENT],
  };
}

function steps(phases: TCommitState, index: number): Step<TCommitState, string>[] {
  const phase = phases[index];
  const found: Step<TCommitState, string>[] = [];
  const to = (next: Phase) => found.push({ label: `${next} ${index + 1}`, state: phases.with(index, next) });
  if (phase === "working") to("prepared");
  if (phase === "prepared" && canCommit(phases)) to("committed");
  if ((phase === "working" || phase === "prepared") && notCommitted(phases)) to("aborted");
  return found;
}

function canCommit(phases: TCommitState): boolean {
  return phases.every((phase) => phase === "prepared" || phase === "committed");
}

function notCommitted(phases: TCommitState): boolean {
  return !phases.includes("committed");
}
