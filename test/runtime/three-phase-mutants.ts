/** Rules of three-phase commit broken on purpose, one at a time, for the explorer to find. */

import type { Env, Event, Role } from "../../actors/protocol.js";
import type { LogRecord, ParticipantRecord } from "../../actors/record.js";
import { lastGroup } from "../../actors/three-phase/group.js";
import { member } from "../../actors/three-phase/member.js";
import { isOperational, type ProcessState, type Report, type Step } from "../../actors/three-phase/state.js";
import type { NodeId, Outcome } from "../../actors/transaction.js";
import type { ProcessesOptions } from "../../runtime/exploration/three-phase/processes.js";

type Member = Role<ProcessState, ParticipantRecord>;

/** With a `file`, it is one of the counterexamples of the theory, and the shortest conversation is kept there. */
export type ThreePhaseMutant = {
  name: string;
  explored: Omit<ProcessesOptions, "roles">;
  member: Member;
  violates: RegExp;
  file?: string;
};

const TWO = { processes: 2, crashes: 2, safety: true };
const THREE = { processes: 3, crashes: 3, safety: true, voted: true };
const ALL_FAIL = { ...THREE, totalFailure: true };

export const THREE_PHASE_MUTANTS: readonly ThreePhaseMutant[] = [
  {
    name: "a pre-commit is not logged",
    explored: ALL_FAIL,
    member: lacking(({ kind }) => kind === "precommitted"),
    violates: /agreement/,
    file: "3pc-without-a-logged-pre-commit.txt",
  },
  {
    name: "all who are back count after a total failure, also those that failed earlier",
    explored: ALL_FAIL,
    member: { ...member, step: countingAll },
    violates: /agreement/,
    file: "3pc-with-the-old-pre-commit-of-one-that-failed-earlier.txt",
  },
  {
    name: "no up-sets: whoever is back decides",
    explored: TWO,
    member: { ...member, step: alone },
    violates: /agreement/,
    file: "3pc-without-up-sets.txt",
  },
  {
    name: "a partition: the failure detector is wrong",
    explored: { processes: 2, crashes: 0, partition: true },
    member,
    violates: /agreement/,
    file: "3pc-under-a-partition.txt",
  },
  {
    name: "a time-out in pre-committed decides to commit",
    explored: THREE,
    member: timingOut("following", "precommitted", "committed"),
    violates: /agreement/,
  },
  {
    name: "a time-out in prepared decides to abort",
    explored: TWO,
    member: timingOut("following", "prepared", "aborted"),
    violates: /agreement/,
  },
  {
    name: "a recovering process that voted yes aborts by itself",
    explored: TWO,
    member: timingOut("recovering", "prepared", "aborted"),
    violates: /agreement/,
  },
  {
    name: "an elected coordinator imposes its own state",
    explored: THREE,
    member: { ...member, step: imposing },
    violates: /agreement/,
  },
];

/** The up-set of a process is only in its memory. No agreement is lost, but a lone last survivor waits for the others. */
export const UP_SET_NOT_LOGGED: Member = lacking((record) => record.kind === "regrouped" && record.round === 0);

/** It goes on as if it had written this, but did not. */
function lacking(isLeftOut: (record: LogRecord) => boolean): Member {
  const step = (state: ProcessState, event: Event, env: Env): Step => {
    const [after, output] = member.step(state, event, env);
    return [after, { ...output, records: output.records.filter(({ record }) => !isLeftOut(record)) }];
  };
  return { ...member, step };
}

function timingOut(duty: ProcessState["duty"]["is"], phase: ProcessState["phase"], outcome: Outcome): Member {
  const step = (state: ProcessState, event: Event, env: Env): Step => {
    if (event.kind !== "alarm" || state.duty.is !== duty || state.phase !== phase)
      return member.step(state, event, env);
    const { txn, attempt, position, coordinator: source } = state;
    const body = { kind: "decide", txn, attempt, outcome, position } as const;
    return member.step(state, { kind: "message", source, body }, env);
  };
  return { ...member, step };
}

/** As if nobody else had been up when it failed. */
function alone(state: ProcessState, event: Event, env: Env): Step {
  const isBack = event.kind === "alarm" && state.duty.is === "recovering";
  return member.step(isBack ? { ...state, group: [env.self] } : state, event, env);
}

/** When the last group to fail is back, the lowest of all that are back begins the round, with all of them. */
function countingAll(state: ProcessState, event: Event, env: Env): Step {
  const { duty, group } = state;
  if (duty.is !== "recovering") return member.step(state, event, env);
  if (event.kind === "alarm") {
    const [after, output] = member.step({ ...state, group: env.nodes }, event, env);
    return [{ ...after, group }, output];
  }
  if (event.kind !== "message" || event.body.kind !== "recovering") return member.step(state, event, env);
  const own: Report = { node: env.self, group, round: state.round };
  const said: Report = { node: event.source, group: event.body.group, round: event.body.round };
  const reports = [own, ...duty.reports.filter(({ node }) => node !== event.source), said];
  const known = reports.map(({ node }) => node);
  if (!lastGroup(reports).every((node) => known.includes(node))) return member.step(state, event, env);
  const equal = duty.reports.map((report) => ({ ...report, group: known }));
  const body = { ...event.body, group: known };
  return member.step({ ...state, group: known, duty: { ...duty, reports: equal } }, { ...event, body }, env);
}

/** It does not wait for the states of the others, but takes them for prepared. */
function imposing(state: ProcessState, event: Event, env: Env): Step {
  let [after, output] = member.step(state, event, env);
  for (const source of missingStates(after)) {
    const { txn, attempt, round } = after;
    const body = { kind: "state-report" as const, txn, attempt, round, group: [], precommitted: false };
    const [next, more] = member.step(after, { kind: "message", source, body }, env);
    after = next;
    output = {
      records: [...output.records, ...more.records],
      writes: [...output.writes, ...more.writes],
      messages: [...output.messages, ...more.messages],
    };
  }
  return [after, output];
}

function missingStates(state: ProcessState): readonly NodeId[] {
  return isOperational(state) && state.duty.is === "polling" ? state.duty.missing : [];
}
