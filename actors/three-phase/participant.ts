/**
 * Three-phase commit: a process that follows its coordinator.
 *
 * 1. `prepare`: lock the footprint, judge, force `prepared`, vote yes; or vote no for good (3PC1, 3PC2).
 * 2. `precommit`: force `precommitted`, then acknowledge (3PC4). All have voted yes.
 * 3. `decide commit`: force the record together with the data (3PC6). No acknowledgement: who misses it asks.
 *
 * Never does a time-out decide: it only makes a process ask, or take part in a termination (3PC7).
 */

import { type Ballot, castBallot, readLocksOf } from "../ballot.js";
import { fingerprint } from "../fingerprint.js";
import type { Precommit, Prepare, VoteReport } from "../message.js";
import type { Env, Outgoing } from "../protocol.js";
import type { Prepared } from "../record.js";
import type { NodeId, Why } from "../transaction.js";
import { conclude, positionIn, tell } from "./conclusion.js";
import { onOwnPrepare } from "./coordinator.js";
import { joinRound } from "./group.js";
import { apply, notePrecommit, type ProcessState, type Step, stage, still, then } from "./state.js";

export function onPrepare(state: ProcessState, coordinator: NodeId, prepare: Prepare, env: Env): Step {
  if (coordinator === env.self) return onOwnPrepare(state, prepare, env);
  if (state.phase !== "blank") return onRepeatedPrepare(state, coordinator, prepare, env);
  const { processes = [] } = prepare;
  const leader = processes.find(({ node }) => node === coordinator);
  const own = processes.find(({ node }) => node === env.self);
  // Nobody leads it any more, or it was meant for an earlier life of this process: nobody needs this vote.
  if (!leader || env.hasFailed(leader) || own?.epoch !== env.epoch) return still(state);
  if (state.memory === "expired") return still(state, no(coordinator, prepare, { code: "expired", node: env.self }));
  const ballot = castBallot(prepare, env);
  if ("why" in ballot) return refuse(state, coordinator, prepare, ballot.why);
  return promise(state, coordinator, prepare, ballot, env);
}

/** 3PC1. Those that are known to be down by now are not in the up-set from the first. */
function promise(
  state: ProcessState,
  coordinator: NodeId,
  prepare: Prepare,
  ballot: Exclude<Ballot, { why: Why }>,
  env: Env,
): Step {
  const { txn, attempt, participants, operations, checks, processes = [] } = prepare;
  const group = processes.filter((incarnation) => !env.hasFailed(incarnation)).map(({ node }) => node);
  const record: Prepared = {
    kind: "prepared",
    txn,
    coordinator,
    attempt,
    participants,
    writes: ballot.writes,
    ...readLocksOf(ballot),
    position: env.propose(),
    at: env.now,
    membership: { group, fingerprint: fingerprint(operations, checks) },
  };
  const prepared: ProcessState = {
    ...apply(state, record),
    incarnations: processes,
    duty: { is: "following", leader: coordinator },
    alarmAt: env.now + env.settings.inquireAfterMs,
  };
  return [prepared, { records: [{ record, forced: true }], writes: [], messages: [yes(prepared, coordinator)] }];
}

/**
 * 3PC2. Not forced, but on disk before anybody hears of it: any node may be asked to run the id again, so the refusal has
 * to bind a participant.
 */
function refuse(state: ProcessState, coordinator: NodeId, prepare: Prepare, why: Why): Step {
  const { attempt, operations, checks } = prepare;
  const step = conclude({ ...state, attempt, fingerprint: fingerprint(operations, checks) }, "aborted", why);
  return then(step, (refused) => still(refused, { ...no(coordinator, prepare, why), rests: true }));
}

/** A copy of a request gets the same vote. An id that was run by another coordinator is not run again. */
function onRepeatedPrepare(state: ProcessState, coordinator: NodeId, prepare: Prepare, env: Env): Step {
  const { phase } = state;
  const why: Why = { code: "repeated", node: env.self, detail: "this id was voted on before" };
  if (prepare.attempt === state.attempt) {
    if (stage(state) === "finished") return still(state, tell(state, coordinator));
    return still(state, yes(state, coordinator));
  }
  if (phase === "aborted") return still(state, no(coordinator, prepare, why));
  const print = fingerprint(prepare.operations, prepare.checks);
  if (print !== state.fingerprint) return still(state, no(coordinator, prepare, { code: "id-reused", node: env.self }));
  return still(state, no(coordinator, prepare, why, phase === "committed" ? "committed" : "undecided"));
}

/** 3PC4. Only the coordinator that this process follows may move it. One that knows the end tells it instead. */
export function onPrecommit(state: ProcessState, source: NodeId, order: Precommit, env: Env): Step {
  if (stage(state) === "finished") return still(state, tell(state, source, order.attempt));
  if (order.attempt !== state.attempt || order.round !== state.round) return still(state);
  return then(joinRound(state, source, env), (following) => {
    const { duty, phase } = following;
    if (duty.is !== "following" || duty.leader !== source) return still(following);
    return phase === "prepared" || phase === "precommitted"
      ? acknowledge(following, order, source, env)
      : still(following);
  });
}

function acknowledge(state: ProcessState, { position }: Precommit, target: NodeId, env: Env): Step {
  const { txn, attempt, round } = state;
  return then(notePrecommit(state, positionIn(state, position)), (precommitted) =>
    still(
      { ...precommitted, alarmAt: env.now + env.settings.inquireAfterMs },
      { target, body: { kind: "precommit-ack", txn, attempt, round } },
    ),
  );
}

function yes({ txn, attempt, position }: ProcessState, target: NodeId): Outgoing {
  return { target, body: { kind: "vote", protocol: "3pc", txn, attempt, vote: "yes", position } };
}

function no(target: NodeId, { txn, attempt }: Prepare, why: Why, known?: VoteReport["known"]): Outgoing {
  return { target, body: { kind: "vote", protocol: "3pc", txn, attempt, vote: "no", why, ...(known && { known }) } };
}
