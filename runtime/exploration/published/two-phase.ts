/** TwoPhase, two-phase commit as Gray and Lamport specify it: messages are a set that only grows. */

import type { Step, TransitionSystem } from "../transition-system.js";
import { type Phase, TC_CONSISTENT, type TCommitState } from "./tcommit.js";

export type TwoPhaseState = {
  rms: TCommitState;
  tm: "init" | "committed" | "aborted";
  /** The resource managers from which the transaction manager has heard `Prepared`. */
  tmPrepared: readonly boolean[];
  /** The messages sent: `Prepared` of each resource manager, `Commit` and `Abort`. */
  msgs: { prepared: readonly boolean[]; commit: boolean; abort: boolean };
};

const TM_PHASES: readonly string[] = ["init", "committed", "aborted"];
const RM_PHASES: readonly string[] = ["working", "prepared", "committed", "aborted"];

/** The specification for `count` resource managers. */
export function twoPhase(count: number): TransitionSystem<TwoPhaseState> {
  const nobody = Array<boolean>(count).fill(false);
  const start: TwoPhaseState = {
    rms: Array<Phase>(count).fill("working"),
    tm: "init",
    tmPrepared: nobody,
    msgs: { prepared: nobody, commit: false, abort: false },
  };
  return {
    initial: () => [start],
    next: (state) => [...managerSteps(state), ...state.rms.flatMap((_, index) => resourceSteps(state, index))],
    key: ({ rms, tm, tmPrepared, msgs }) =>
      [rms, tm, tmPrepared.map(Number), msgs.prepared.map(Number), Number(msgs.commit), Number(msgs.abort)].join(),
    invariants: [
      { name: "TPTypeOK", holds: ({ rms, tm }) => TM_PHASES.includes(tm) && rms.every((rm) => RM_PHASES.includes(rm)) },
      { name: TC_CONSISTENT.name, holds: ({ rms }) => TC_CONSISTENT.holds(rms) },
    ],
  };
}

/** `TMCommit` and `TMAbort`. */
function managerSteps(state: TwoPhaseState): Step<TwoPhaseState, string>[] {
  const { tm, tmPrepared, msgs } = state;
  if (tm !== "init") return [];
  const abort = { label: "TMAbort", state: { ...state, tm: "aborted" as const, msgs: { ...msgs, abort: true } } };
  if (!tmPrepared.every(Boolean)) return [abort];
  return [abort, { label: "TMCommit", state: { ...state, tm: "committed", msgs: { ...msgs, commit: true } } }];
}

function resourceSteps(state: TwoPhaseState, index: number): Step<TwoPhaseState, string>[] {
  const { rms, tm, tmPrepared, msgs } = state;
  const found: Step<TwoPhaseState, string>[] = [];
  const add = (action: string, change: Partial<TwoPhaseState>) =>
    found.push({ label: `${action}(${index + 1})`, state: { ...state, ...change } });
  if (tm === "init" && msgs.prepared[index]) add("TMRcvPrepared", { tmPrepared: tmPrepared.with(index, true) });
  if (rms[index] === "working") {
    const prepared = msgs.prepared.with(index, true);
    add("RMPrepare", { rms: rms.with(index, "prepared"), msgs: { ...msgs, prepared } });
    add("RMChooseToAbort", { rms: rms.with(index, "aborted") });
  }
  if (msgs.commit) add("RMRcvCommitMsg", { rms: rms.with(index, "committed") });
  if (msgs.abort) add("RMRcvAbortMsg", { rms: rms.with(index, "aborted") });
  return found;
}
