/**
 * Three-phase commit: the coordinator, which is a participant too when it holds data.
 *
 * 1. `begin`: vote first if it holds data, then ask the participants to `prepare` (3PC1).
 * 2. All vote yes: force `precommitted`, then tell all to `precommit` (3PC3). One votes no, or goes down before it has
 *    voted: abort, not forced; those that voted yes are told (3PC2).
 * 3. All that are up have acknowledged: force the commit with its data, tell all, and the client (3PC5).
 *
 * While votes are missing nobody has pre-committed, so its own patience (the client's deadline) may end in an abort.
 */

import { castBallot, readLocksOf } from "../ballot.js";

import { type Asked, attemptOf, fingerprint } from "../fingerprint.js";
import type { Ask, Begin, PrecommitAck, Prepare, VoteReport } from "../message.js";
import type { Env, Outgoing } from "../protocol.js";
import type { Prepared } from "../record.js";
import { isTimed, stamped } from "../stamp.js";
import type { NodeId, Standing, Why } from "../transaction.js";
import { isAsked } from "../validator.js";
import { conclude, giveUp, tell } from "./conclusion.js";
import {
  apply,
  blank,
  type Client,
  notePrecommit,
  type ProcessState,
  report,
  type Step,
  stage,
  still,
  then,
  UNKNOWN,
  without,
} from "./state.js";

/** To settle is to ask nobody for anything. */
const NOTHING: Asked = { processes: [], view: undefined, fingerprint: UNKNOWN, at: undefined };

/** 3PC1. A repeated request joins the first one; another request under the same id is refused. */
export function onBegin(state: ProcessState, client: Client, begin: Begin, env: Env): Step {
  const print = fingerprint(begin.operations, begin.checks);
  if (state.phase !== "blank") return onRepeatedBegin(state, client, print, env);
  if (state.memory === "expired") return still(state, report(state, client, { code: "expired", node: env.self }));
  const working = enroll(state, begin, { client, print }, env);
  const dead = working.participants.find((replica) => !env.isUp(replica));
  if (dead !== undefined) return abort(working, unavailable(dead, `${dead} is down`));
  if (env.room() <= 0) {
    return abort(working, { code: "disk-full", node: env.self, detail: "the disk of this node is too full to decide" });
  }
  const prepare = prepareOf(working, begin, env);
  // Somebody outside rules its own vote: it is asked for that like everybody else.
  if (isAsked(env.ruling)) {
    return ask({ ...working, duty: { is: "voting", missing: working.participants } }, prepare);
  }
  return then(voteFirst(working, prepare, env), (voted) => askOrGoOn(voted, prepare, env));
}

function enroll(
  state: ProcessState,
  { operations, deadlineMs, electorate }: Begin,
  { client, print }: { client: Client; print: number },
  env: Env,
): ProcessState {
  const participants = electorate ?? env.replicas;
  const group = env.nodes.filter((node) => node === env.self || participants.includes(node));
  const processes = group.map((node) => ({ node, epoch: env.epochOf(node) }));
  const view = electorate === undefined ? env.view : undefined;
  const at = operations.some(isTimed) ? env.now : undefined;
  return {
    ...state,
    phase: "working",
    fingerprint: print,
    coordinator: env.self,
    attempt: attemptOf({ node: env.self, epoch: env.epoch }, { processes, view, fingerprint: print, at }),
    participants,
    group,
    incarnations: processes,
    clients: [client],
    at: env.now,
    duty: { is: "voting", missing: without(participants, env.self) },
    alarmAt: env.now + deadlineMs,
  };
}

/** The vote of a coordinator that had to ask somebody outside first. */
export function onOwnPrepare(state: ProcessState, prepare: Prepare, env: Env): Step {
  if (state.phase !== "working" || prepare.attempt !== state.attempt) return still(state);
  return then(voteFirst(state, prepare, env), (voted) => tally(voted, env.self, env));
}

/** To settle an unseen transaction is to abort it for good: it cannot commit without the vote of this participant. */
export function onAsk(state: ProcessState, client: Client, { settle }: Ask, env: Env): Step {
  if (state.phase !== "blank" || state.memory !== "unseen" || !settle) return still(state, report(state, client));
  const why: Why = { code: "abandoned", node: env.self, detail: "its coordinator went down before it was known here" };
  const attempt = attemptOf({ node: env.self, epoch: env.epoch }, NOTHING);
  return conclude({ ...state, attempt, clients: [client] }, "aborted", why);
}

export function onVote(state: ProcessState, voter: NodeId, ballot: VoteReport, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "voting" || ballot.attempt !== state.attempt) return onLateVote(state, voter, ballot);
  if (!duty.missing.includes(voter)) return still(state);
  // One that has voted on its own attempt rules out every other one; one without data has no say.
  if (ballot.known !== undefined && state.phase === "working") return withdraw(state, { state: ballot.known });
  if (ballot.vote === "yes") {
    // POS2.
    return tally({ ...state, position: Math.max(state.position, ballot.position ?? 0) }, voter, env);
  }
  const counted: ProcessState = { ...state, duty: { ...duty, missing: without(duty.missing, voter) } };
  return abort(counted, ballot.why ?? unavailable(voter, "voted no"), voter);
}

function tally(state: ProcessState, voter: NodeId, env: Env): Step {
  if (!isVoting(state)) return still(state);
  const missing = without(state.duty.missing, voter);
  const counted: ProcessState = { ...state, duty: { is: "voting", missing } };
  return missing.length > 0 ? still(counted) : precommit(counted, without(state.group, env.self), env);
}

/** 3PC2. Only those that voted yes are told. */
export function abort(state: ProcessState, why: Why, refuser?: NodeId): Step {
  const { duty, participants } = state;
  const isBound = duty.is !== "voting" || duty.missing.length < participants.length;
  if (!isBound) return withdraw(state, { state: "unseen" }, why);
  return conclude(state, "aborted", why, refuser === undefined ? votersOf(state) : without(votersOf(state), refuser));
}

/** 3PC3, and the second half of a termination: these have to know that all voted yes before anybody commits. */
export function precommit(state: ProcessState, targets: readonly NodeId[], env: Env): Step {
  return then(notePrecommit(state, state.position), (noted) => {
    const waiting: ProcessState = {
      ...noted,
      duty: { is: "precommitting", missing: targets },
      alarmAt: env.now + env.settings.resendAfterMs,
    };
    return targets.length > 0 ? sendPrecommit(waiting) : commit(waiting, env);
  });
}

export function onPrecommitAck(state: ProcessState, source: NodeId, ack: PrecommitAck, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "precommitting" || ack.attempt !== state.attempt || ack.round !== state.round) return still(state);
  return excuse({ ...state, duty }, source, env);
}

/** Nothing is expected of this process any more: it has acknowledged, or it went down. */
export function excuse(state: ProcessState, node: NodeId, env: Env): Step {
  const { duty } = state;
  if (duty.is !== "precommitting" || !duty.missing.includes(node)) return still(state);
  const missing = without(duty.missing, node);
  const waiting: ProcessState = { ...state, duty: { ...duty, missing } };
  return missing.length > 0 ? still(waiting) : commit(waiting, env);
}

export function sendPrecommit(state: ProcessState): Step {
  const { duty, txn, attempt, round, position } = state;
  if (duty.is !== "precommitting") return still(state);
  const body = { kind: "precommit", txn, attempt, round, position } as const;
  return still(state, ...duty.missing.map((target): Outgoing => ({ target, body })));
}

/** 3PC5. */
export function commit(state: ProcessState, env: Env): Step {
  return conclude(state, "committed", undefined, without(state.group, env.self));
}

export function unavailable(node: NodeId, detail: string): Why {
  return { code: "unavailable", node, detail };
}

function onRepeatedBegin(state: ProcessState, client: Client, print: number, env: Env): Step {
  if (state.fingerprint !== print && state.fingerprint !== UNKNOWN) {
    return still(state, report(state, client, { code: "id-reused", node: env.self }));
  }
  if (stage(state) === "open") return still({ ...state, clients: [...state.clients, client] });
  return still(state, report(state, client));
}

/** A coordinator that holds data judges before it asks anybody else. */
function voteFirst(state: ProcessState, prepare: Prepare, env: Env): Step {
  if (!state.participants.includes(env.self)) return still(state);
  const ballot = castBallot(prepare, env);
  if ("why" in ballot) return conclude(state, "aborted", ballot.why, votersOf(state));
  const { txn, coordinator, attempt, participants, group, at } = state;
  const record: Prepared = {
    kind: "prepared",
    txn,
    coordinator,
    attempt,
    participants: [...participants],
    writes: ballot.writes,
    ...readLocksOf(ballot),
    position: env.propose(),
    at,
    membership: { group: [...group], fingerprint: state.fingerprint },
  };
  const { duty, alarmAt } = state;
  return [
    { ...apply(state, record), duty, alarmAt },
    { records: [{ record, forced: true }], writes: [], messages: [] },
  ];
}

function askOrGoOn(state: ProcessState, prepare: Prepare, env: Env): Step {
  const isAlone = isVoting(state) && state.duty.missing.length === 0;
  return isAlone ? precommit(state, without(state.group, env.self), env) : ask(state, prepare);
}

function ask(state: ProcessState, body: Prepare): Step {
  return still(state, ...(isVoting(state) ? state.duty.missing.map((target): Outgoing => ({ target, body })) : []));
}

type Voting = ProcessState & { duty: { is: "voting"; missing: readonly NodeId[] } };

function isVoting(state: ProcessState): state is Voting {
  return state.duty.is === "voting";
}

/** Those whose yes has been heard, apart from its own. */
function votersOf({ duty, group, coordinator }: ProcessState): NodeId[] {
  const silent = duty.is === "voting" ? duty.missing : [];
  return group.filter((node) => node !== coordinator && !silent.includes(node));
}

function prepareOf(state: ProcessState, begin: Begin, { view }: Env): Prepare {
  const { checks, deadlineMs, electorate } = begin;
  const { txn, attempt, at } = state;
  const operations = stamped(begin.operations, at);
  const participants = [...state.participants];
  const processes = [...state.incarnations];
  const protocol = "3pc";
  const under = view !== undefined && electorate === undefined ? { view } : {};
  return { kind: "prepare", protocol, txn, attempt, participants, operations, checks, deadlineMs, ...under, processes };
}

/** A yes voter that missed the decision is told; nobody else needs to be. */
function onLateVote(state: ProcessState, voter: NodeId, { vote, attempt }: VoteReport): Step {
  if (vote !== "yes") return still(state);
  if (state.phase === "blank" && state.memory === "unseen") return giveUp(state, voter, attempt);
  return stage(state) === "finished" ? still(state, tell(state, voter, attempt)) : still(state);
}

/**
 * This attempt never was. Either another coordinator has run the id, or no participant knows of it: then nothing binds
 * whoever is asked to run the id next, so its client must not be told that it is aborted for ever.
 */
function withdraw(state: ProcessState, standing: Standing, refused?: Why): Step {
  const { txn, attempt, clients } = state;
  const messages = votersOf(state).map((target): Outgoing => {
    return { target, body: { kind: "decide", txn, attempt, outcome: "aborted" } };
  });
  const answers = clients.map(({ address, request }): Outgoing => {
    return { target: address, body: { kind: "outcome", request, txn, standing, ...(refused && { refused }) } };
  });
  return still(blank(txn, state.memory), ...messages, ...answers);
}
