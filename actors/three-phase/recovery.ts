/**
 * Recovery: a process that has failed asks everybody, and takes part in no termination of others.
 *
 * Somebody who knows tells it. When all have failed, only the last group to fail may decide (3PC10): the lowest of it
 * begins a new round, to which every other one has to agree before anybody acts (3PC11). So two recovering processes
 * that know of different logs cannot decide apart. Until the whole group is back, it waits.
 */

import type { Consult, Recovering, Undecided } from "../message.js";
import type { Env, Outgoing } from "../protocol.js";
import type { NodeId } from "../transaction.js";
import { giveUp, positionIn, tell } from "./conclusion.js";
import { elect, onDown } from "./election.js";
import { joinRound, lastGroup, regroup } from "./group.js";
import {
  isBound,
  isOperational,
  notePrecommit,
  type ProcessState,
  type Report,
  type Step,
  stage,
  still,
  then,
  without,
} from "./state.js";
import { confess, count, sendRequests } from "./termination.js";

/** Asks all other processes, or one that has just come up. */
export function consultAll(state: ProcessState, env: Env): Step {
  return then(formIfLast(state, env), (trying) => {
    const waiting: ProcessState = { ...trying, alarmAt: env.now + env.settings.inquireAfterMs };
    if (stage(trying) !== "open" || trying.duty.is !== "recovering") return still(trying);
    return still(
      waiting,
      ...processesOf(state).flatMap((node) => (node === env.self ? [] : consult(state, node, true))),
    );
  });
}

export function consult(state: ProcessState, target: NodeId, recovering: boolean): Outgoing {
  const { txn, attempt, round } = state;
  return { target, body: { kind: "consult", txn, attempt, round, recovering, ...(isBound(state) && { bound: true }) } };
}

export function processesOf({ coordinator, participants }: ProcessState): NodeId[] {
  return participants.includes(coordinator) ? [...participants] : [coordinator, ...participants];
}

export function onConsult(state: ProcessState, source: NodeId, consult: Consult, env: Env): Step {
  const { txn, attempt, recovering } = consult;
  const undecided: Outgoing = { target: source, body: { kind: "undecided", txn } };
  if (state.phase === "blank") {
    return state.memory === "unseen" ? giveUp(state, source, attempt) : still(state, undecided);
  }
  if (stage(state) === "finished" || state.attempt !== attempt) return still(state, tell(state, source, attempt));
  if (!isOperational(state)) {
    const isBusy = recovering && state.duty.is === "forming";
    return still(remember(state, source), isBusy ? undecided : confess(state, source));
  }
  if (recovering) return goOnWithout(state, source, consult, env);
  return still(state, goingOn(state, source));
}

/**
 * Whoever recovers has failed, whatever the failure detector has said so far; unless it said so before it agreed to this
 * round, or has agreed to it and waits for it to begin.
 */
function goOnWithout(state: ProcessState, source: NodeId, said: Consult | Recovering, env: Env): Step {
  const isOfThisRound = said.round < state.round || (said.round === state.round && said.bound === true);
  const isNoNews = isOfThisRound && state.group.includes(source);
  const step = isNoNews ? still(state) : onDown(state, { node: source, epoch: env.epochOf(source) }, env);
  return then(step, (after) => {
    if (stage(after) === "finished") return still(after, tell(after, source));
    return still(remember(after, source), goingOn(after, source));
  });
}

function goingOn({ txn, round, phase, position }: ProcessState, target: NodeId): Outgoing {
  return { target, body: { kind: "undecided", txn, round, ...(phase === "precommitted" && { position }) } };
}

export function onRecovering(state: ProcessState, source: NodeId, report: Recovering, env: Env): Step {
  if (stage(state) !== "open" || report.attempt !== state.attempt) return still(state);
  if (isOperational(state)) return goOnWithout(state, source, report, env);
  const { duty } = state;
  if (duty.is !== "recovering") return still(state);
  const { group, round } = report;
  const reports = [...duty.reports.filter(({ node }) => node !== source), { node: source, group, round }];
  return formIfLast({ ...state, duty: { ...duty, reports } }, env);
}

/**
 * It does not recover: it knows no more, or it takes part in a round. If that is the one that this process waits for, it
 * has begun, so all have voted yes: a round that finds otherwise ends at once.
 */
export function onUndecided(state: ProcessState, source: NodeId, { round, position }: Undecided, env: Env): Step {
  if (state.duty.is === "recovering" && state.duty.bond?.includes(source) && round === state.round) {
    return then(joinRound(state, source, env), (joined) => {
      return then(notePrecommit(joined, positionIn(joined, position)), (noted) => elect(noted, env));
    });
  }
  const { duty } = state;
  if (duty.is === "forming" && duty.missing.includes(source)) {
    return still({ ...state, duty: { is: "recovering", reports: [] } });
  }
  if (duty.is !== "recovering" || !duty.reports.some(({ node }) => node === source)) return still(state);
  return still({ ...state, duty: { ...duty, reports: duty.reports.filter(({ node }) => node !== source) } });
}

/** For whom a recovering process waits: the missing of the last group to fail, or the one of it that is to lead. */
export function awaited(state: ProcessState, self: NodeId, nodes: readonly NodeId[]): NodeId[] {
  const { last, known } = survey(state, self);
  const missing = last.filter((node) => !known.includes(node));
  return missing.length > 0 ? missing : nodes.filter((node) => last.includes(node)).slice(0, 1);
}

function formIfLast(state: ProcessState, env: Env): Step {
  const { last, known, round } = survey(state, env.self);
  const isWhole = last.every((node) => known.includes(node));
  const leader = env.nodes.find((node) => last.includes(node));
  if (state.duty.is !== "recovering" || !isWhole || leader !== env.self) return still(state);
  const missing = without(last, env.self);
  const forming: ProcessState = {
    ...state,
    incarnations: last.map((node) => ({ node, epoch: env.epochOf(node) })),
    duty: { is: "forming", missing, precommitted: [], alive: last },
    alarmAt: env.now + env.settings.resendAfterMs,
  };
  return then(regroup(forming, last, nextRound(round, env)), (formed) => {
    return missing.length > 0 ? sendRequests(formed) : count(formed, env.self, env);
  });
}

/** Another number for each process, so that two never begin the same round. */
function nextRound(round: number, { nodes, self }: Env): number {
  return (Math.floor(round / nodes.length) + 1) * nodes.length + nodes.indexOf(self);
}

function survey(state: ProcessState, self: NodeId): { last: NodeId[]; known: NodeId[]; round: number } {
  const { duty, group, round } = state;
  const own: Report = { node: self, group, round };
  const reports = duty.is === "recovering" ? [own, ...duty.reports] : [own];
  return {
    last: lastGroup(reports),
    known: reports.map(({ node }) => node),
    round: Math.max(...reports.map((report) => report.round)),
  };
}

function remember(state: ProcessState, asker: NodeId): ProcessState {
  return state.askers.includes(asker) ? state : { ...state, askers: [...state.askers, asker] };
}
