/**
 * Up-sets, and the last group to fail (Skeen 1985; Bernstein, Hadzilacos, Goodman 7.5).
 *
 * A process that is not in somebody's up-set failed before that one did. So when all have failed, those in the
 * intersection of the up-sets of some of them include the last to fail, and only these may decide (3PC10).
 */

import type { Env } from "../protocol.js";
import type { Regrouped } from "../record.js";
import type { NodeId } from "../transaction.js";
import { apply, type ProcessState, type Report, type Step, still } from "./state.js";

/** 3PC8. Forced, so that a process that comes back need not wait for those that failed before it. */
export function regroup(state: ProcessState, group: readonly NodeId[], round: number = state.round): Step {
  if (group.length === state.group.length && round === state.round) return still(state);
  // A coordinator that has nothing in its log does not begin with this.
  if (state.phase === "working") return still({ ...state, group });
  const { txn, attempt } = state;
  const record: Regrouped = { kind: "regrouped", txn, attempt, group: [...group], round };
  return [apply(state, record), { records: [{ record, forced: true }], writes: [], messages: [] }];
}

/** A process that agreed to a round takes part in it once it knows from somebody who does that all is certain. */
export function joinRound(state: ProcessState, leader: NodeId, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "recovering" || !duty.bond?.includes(leader)) return still(state);
  const following: ProcessState = {
    ...state,
    duty: { is: "following", leader },
    alarmAt: env.now + env.settings.inquireAfterMs,
  };
  return regroup(following, duty.bond);
}

/** Those that may have failed last, as far as these logs tell. What was agreed in a later round overrides. */
export function lastGroup(reports: readonly Report[]): NodeId[] {
  const round = Math.max(...reports.map((report) => report.round));
  const [first, ...others] = reports.filter((report) => report.round === round);
  return (first?.group ?? []).filter((node) => others.every(({ group }) => group.includes(node)));
}
