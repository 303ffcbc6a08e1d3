/**
 * Termination (Skeen; Bernstein, Hadzilacos, Goodman 7.4): what an elected coordinator does with a transaction.
 *
 * It asks all that are up for their state (3PC9). Somebody has decided: so do all. All are uncertain: abort, since nobody
 * can have committed. Some have pre-committed: the others pre-commit too, and then all commit.
 */

import type { StateReport, StateRequest } from "../message.js";
import type { Env, Outgoing } from "../protocol.js";
import type { NodeId } from "../transaction.js";
import { conclude, giveUp, positionIn, tell } from "./conclusion.js";
import { precommit, unavailable } from "./coordinator.js";
import { regroup } from "./group.js";
import {
  type Duty,
  isBound,
  isOperational,
  members,
  type ProcessState,
  type Step,
  stage,
  still,
  then,
  without,
} from "./state.js";

/** An elected coordinator begins. */
export function poll(state: ProcessState, env: Env): Step {
  const missing = without(state.group, env.self);
  const polling: ProcessState = {
    ...state,
    duty: { is: "polling", missing, precommitted: [] },
    alarmAt: env.now + env.settings.resendAfterMs,
  };
  return missing.length > 0 ? sendRequests(polling) : judge(polling, [], missing, env);
}

/** To those whose state is missing, for the first time or again. */
export function sendRequests(state: ProcessState): Step {
  const { duty, txn, attempt, round } = state;
  if (duty.is !== "polling" && duty.is !== "forming") return still(state);
  const body: StateRequest = { kind: "state-request", txn, attempt, group: members(state), round };
  return still(state, ...duty.missing.map((target): Outgoing => ({ target, body })));
}

export function onStateRequest(state: ProcessState, source: NodeId, request: StateRequest, env: Env): Step {
  const { txn, attempt, round } = request;
  const undecided: Outgoing = { target: source, body: { kind: "undecided", txn } };
  if (state.phase === "blank") {
    return state.memory === "unseen" ? giveUp(state, source, attempt) : still(state, undecided);
  }
  if (stage(state) === "finished" || state.attempt !== attempt) return still(state, tell(state, source, attempt));
  if (round > state.round) return isOperational(state) ? still(state, undecided) : agree(state, source, request, env);
  if (round < state.round) return still(state, isOperational(state) ? undecided : confess(state, source));
  if (!isOperational(state))
    return still(state, isBoundTo(state, source) ? stateReport(state, source) : confess(state, source));
  return state.group.includes(source) ? answer(state, source, request, env) : still(state, undecided);
}

/**
 * Asked again by who leads the round to which it has agreed, or now leads it: it answers, but takes part only when it is
 * told that all is certain. Alone and uncertain it could not know that nobody has committed in an earlier round.
 */
function isBoundTo({ duty }: ProcessState, leader: NodeId): boolean {
  return duty.is === "recovering" && duty.bond?.includes(leader) === true;
}

/** The elected coordinator knows more of who is down. From here on only it is followed. */
function answer(state: ProcessState, source: NodeId, request: StateRequest, env: Env): Step {
  const group = state.group.filter((member) => request.group.some(({ node }) => node === member));
  const following: ProcessState = {
    ...state,
    duty: { is: "following", leader: source },
    alarmAt: env.now + env.settings.inquireAfterMs,
  };
  return then(regroup(following, group), (regrouped) => still(regrouped, stateReport(regrouped, source)));
}

/** 3PC11. A recovering process binds itself to a new round; it takes part when that has begun. */
function agree(state: ProcessState, source: NodeId, { group, round }: StateRequest, env: Env): Step {
  const own = group.find(({ node }) => node === env.self);
  // Meant for an earlier life of this process, which has not agreed.
  if (own?.epoch !== env.epoch) return still(state);
  const names = group.map(({ node }) => node);
  const alive = group.filter((member) => !env.hasFailed(member)).map(({ node }) => node);
  const duty: Duty = { is: "recovering", reports: [], bond: alive };
  return then(regroup({ ...state, incarnations: group, duty }, names, round), (agreed) =>
    still(agreed, stateReport(agreed, source)),
  );
}

export function onStateReport(state: ProcessState, source: NodeId, report: StateReport, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "polling" && duty.is !== "forming") return still(state);
  if (report.attempt !== state.attempt || report.round !== state.round) return still(state);
  if (!duty.missing.includes(source) || !isEnough(state, report)) return still(state);
  const precommitted = report.precommitted ? [...duty.precommitted, source] : duty.precommitted;
  const position = report.precommitted ? positionIn(state, report.position) : state.position;
  return count({ ...state, position, duty: { ...duty, precommitted } }, source, env);
}

/**
 * Before an abort everybody's log has to say who is not in the up-set any more: one that had pre-committed and failed could
 * otherwise come to count after a total failure. A commit needs no such care, since then those that fail last are certain.
 */
function isEnough({ duty, phase, group }: ProcessState, report: StateReport): boolean {
  if (duty.is !== "polling" || report.precommitted || phase === "precommitted") return true;
  return report.group.every((node) => group.includes(node));
}

/** The state of this process is known, or it went down. */
export function count(state: ProcessState, node: NodeId, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "polling" && duty.is !== "forming") return still(state);
  const counted = { ...duty, missing: without(duty.missing, node) };
  if (counted.missing.length > 0) return still({ ...state, duty: counted });
  if (counted.is === "polling") return judge(state, counted.precommitted, without(state.group, env.self), env);
  // Everybody has agreed to the round: from now on it is like any other, without those that went down since.
  return then(regroup({ ...state, duty: counted }, counted.alive), (begun) => {
    return judge(begun, counted.precommitted, without(begun.group, env.self), env);
  });
}

/** The rule of termination. All states are known, and nobody has decided. */
function judge(state: ProcessState, precommitted: readonly NodeId[], others: readonly NodeId[], env: Env): Step {
  const { duty, phase, group, coordinator } = state;
  const isCertain = phase === "precommitted" || precommitted.some((node) => group.includes(node));
  if (!isCertain) {
    const why = unavailable(coordinator, `${coordinator} went down before all knew that all had voted yes`);
    return conclude(state, "aborted", why, others);
  }
  // In a new round an order to pre-commit also tells that the round has begun.
  const targets = duty.is === "forming" ? others : others.filter((node) => !precommitted.includes(node));
  return precommit(state, targets, env);
}

/** What the log of a process says that has failed. */
export function confess(state: ProcessState, target: NodeId): Outgoing {
  const { txn, attempt, group, round } = state;
  const bound = isBound(state) && { bound: true as const };
  return { target, body: { kind: "recovering", txn, attempt, group: [...group], round, ...bound } };
}

function stateReport({ txn, attempt, round, group, phase, position }: ProcessState, target: NodeId): Outgoing {
  const precommitted = phase === "precommitted";
  const where = precommitted && { position };
  return { target, body: { kind: "state-report", txn, attempt, round, group: [...group], precommitted, ...where } };
}
