/**
 * Two-phase commit with presumed abort: the participant.
 *
 * 1. `prepare`: lock the footprint, judge, force `prepared`, vote yes; or vote no and forget (PA6).
 *    With nothing to write, vote read and leave (PA7).
 * 2. `decide commit`: force `concluded` together with the data, then acknowledge (PA8).
 *    `decide abort`: `concluded`, not forced, not acknowledged (PA9).
 *
 * In doubt (after a yes vote, no decision in time, or after a restart): ask the coordinator and all peers,
 * and again until one knows (Bernstein, Hadzilacos, Goodman 7.4, cooperative termination):
 * a peer that concluded tells (CT1), a peer that has not voted aborts and tells (CT2), a peer that is merely
 * prepared is no information (CT3). Never does a time-out decide after a yes vote (CT4).
 */

import { type Ballot, castBallot, readLocksOf } from "../ballot.js";
import type { Decide, Inquire, Message, Prepare } from "../message.js";
import {
  assert,
  type Env,
  type Event,
  type Memory,
  type Outgoing,
  type Output,
  type Role,
  SILENCE,
  type Stage,
  say,
} from "../protocol.js";
import type { Concluded, Prepared } from "../record.js";
import type { Address, Key, Millis, NodeId, Outcome, Position, TxnId, Vote, Why, Write } from "../transaction.js";

export type ParticipantState = {
  protocol: "2pc";
  txn: TxnId;
  memory: Memory;
  phase: "working" | "prepared" | Outcome;
  why?: Why | undefined;
  coordinator: NodeId;
  attempt: number;
  participants: readonly NodeId[];
  writes: readonly Write[];
  reads: readonly Key[];
  /** Proposed while it is prepared, and final once it is committed. */
  position: Position;
  /** When it promised, for people. */
  at: Millis;
  inquireAt: Millis | undefined;
};

type Step = [ParticipantState, Output];

const NONE: readonly never[] = [];

export const participant: Role<ParticipantState, Prepared | Concluded> = { blank, stage, apply, step, deadline };

function blank(txn: TxnId, memory: Memory): ParticipantState {
  return {
    protocol: "2pc",
    txn,
    memory,
    phase: "working",
    coordinator: "",
    attempt: 0,
    participants: NONE,
    writes: NONE,
    reads: NONE,
    position: 0,
    at: 0,
    inquireAt: undefined,
  };
}

function stage({ phase }: ParticipantState): Stage {
  if (phase === "working") return "blank";
  return phase === "prepared" ? "open" : "finished";
}

function apply(state: ParticipantState, record: Prepared | Concluded): ParticipantState {
  if (record.kind === "prepared") {
    const { coordinator, attempt, participants, writes, reads, position, at } = record;
    const promise = { coordinator, attempt, participants, writes, reads, position, at };
    return { ...state, ...promise, phase: "prepared", inquireAt: 0 };
  }
  const { attempt, outcome, position = 0, why } = record;
  return { ...blank(state.txn, "unseen"), phase: outcome, coordinator: state.coordinator, attempt, position, why };
}

function deadline(state: ParticipantState): Millis | undefined {
  return state.inquireAt;
}

function step(state: ParticipantState, event: Event, env: Env): Step {
  switch (event.kind) {
    case "message":
      return onMessage(state, event.source, event.body, env);
    case "peer":
      return event.node === state.coordinator && state.phase === "prepared" ? inquire(state, env) : still(state);
    case "alarm":
      return state.inquireAt !== undefined && env.now >= state.inquireAt ? inquire(state, env) : still(state);
  }
}

function onMessage(state: ParticipantState, source: Address, body: Message, env: Env): Step {
  switch (body.kind) {
    case "prepare":
      return onPrepare(state, source, body, env);
    case "decide":
      return onDecide(state, source, body);
    case "inquire":
      return onInquire(state, source, body);
    default:
      return still(state);
  }
}

function onPrepare(state: ParticipantState, coordinator: NodeId, prepare: Prepare, env: Env): Step {
  if (state.phase !== "working") return onRepeatedPrepare(state, coordinator, prepare, env);
  if (state.memory === "expired") return still(state, no(coordinator, prepare, { code: "expired", node: env.self }));
  const ballot = castBallot(prepare, env);
  if ("why" in ballot) return still(state, no(coordinator, prepare, ballot.why));
  if (ballot.writes.length === 0) return still(state, vote(coordinator, prepare, "read"));
  return promise(state, coordinator, prepare, ballot, env);
}

/** PA6. From here on only the coordinator, or somebody it told, decides. */
function promise(
  state: ParticipantState,
  coordinator: NodeId,
  prepare: Prepare,
  ballot: Exclude<Ballot, { why: Why }>,
  env: Env,
): Step {
  const record: Prepared = {
    kind: "prepared",
    txn: prepare.txn,
    coordinator,
    attempt: prepare.attempt,
    participants: prepare.participants,
    writes: ballot.writes,
    ...readLocksOf(ballot),
    position: env.propose(),
    at: env.now,
  };
  const prepared = { ...apply(state, record), inquireAt: env.now + env.settings.inquireAfterMs };
  const messages = [vote(coordinator, prepare, "yes", record.position)];
  return [prepared, { records: [{ record, forced: true }], writes: [], messages }];
}

/** A copy of a request gets the same vote. The same id in a later attempt was used before: no. */
function onRepeatedPrepare(state: ParticipantState, coordinator: NodeId, prepare: Prepare, env: Env): Step {
  const why: Why = { code: "repeated", node: env.self, detail: "this id was voted on before" };
  if (prepare.attempt !== state.attempt) return still(state, no(coordinator, prepare, why));
  switch (state.phase) {
    case "prepared":
      return still(state, vote(coordinator, prepare, "yes", state.position));
    case "committed":
      return still(state, ack(coordinator, state.txn));
    default:
      return still(state, no(coordinator, prepare, state.why ?? why));
  }
}

function onDecide(state: ParticipantState, source: Address, decide: Decide): Step {
  if (decide.outcome === "committed") return onCommit(state, source, decide);
  if (state.phase !== "prepared" || decide.attempt !== state.attempt) {
    const isNews = decide.attempt === state.attempt && decide.presumed !== true;
    assert(state.phase !== "committed" || !isNews, `${state.txn} is told to abort after a commit`);
    return still(state);
  }
  return conclude(state, decide);
}

/** PA8. The data and the record that it was decided are one commit, so there is no redo. */
function onCommit(state: ParticipantState, source: Address, decide: Decide): Step {
  if (state.phase === "committed") return still(state, ack(source, state.txn));
  if (state.phase === "working" && state.memory !== "unseen") return still(state, ack(source, state.txn));
  assert(state.phase === "prepared", `${state.txn} is told to commit but is ${state.phase} here`);
  assert(decide.attempt === state.attempt, `${state.txn} is told to commit another attempt`);
  assert(decide.position !== undefined, `${state.txn} is told to commit, but not where`);
  return conclude(state, decide);
}

function conclude(state: ParticipantState, { outcome, position, why }: Decide): Step {
  const { txn, attempt } = state;
  const committed = outcome === "committed" && position !== undefined;
  const record: Concluded = {
    kind: "concluded",
    txn,
    attempt,
    outcome,
    ...(committed && { position }),
    ...(why && { why }),
  };
  return [
    apply(state, record),
    {
      records: [{ record, forced: committed }],
      writes: committed ? state.writes.map((write) => ({ ...write, position })) : [],
      messages: committed ? [ack(state.coordinator, txn)] : [],
    },
  ];
}

function onInquire(state: ParticipantState, source: Address, { attempt, txn }: Inquire): Step {
  const undecided: Outgoing = { target: source, body: { kind: "undecided", txn } };
  if (state.phase === "working")
    return state.memory === "unseen" ? giveUp(state, source, attempt) : still(state, undecided);
  if (state.phase === "prepared" || state.attempt !== attempt) return still(state, undecided);
  return still(state, tell(state, source, state.phase));
}

/** CT2. Forced, since a later yes vote would make this answer wrong. */
function giveUp(state: ParticipantState, source: Address, attempt: number): Step {
  const why: Why = { code: "abandoned", detail: "a participant that had not voted was asked first" };
  const record: Concluded = { kind: "concluded", txn: state.txn, attempt, outcome: "aborted", why };
  const aborted = apply(state, record);
  return [aborted, { records: [{ record, forced: true }], writes: [], messages: [tell(aborted, source, "aborted")] }];
}

/** CT1 to CT4: ask everybody who may know, and again after a while. */
function inquire(state: ParticipantState, env: Env): Step {
  return still({ ...state, inquireAt: env.now + env.settings.inquireAfterMs }, ...inquiries(state, env.self));
}

/** The questions of one in doubt. */
export function inquiries({ txn, attempt, coordinator, participants }: ParticipantState, self: NodeId): Outgoing[] {
  const peers = participants.filter((node) => node !== self);
  return [
    { target: coordinator, body: { kind: "inquire", txn, attempt, role: "coordinator" } },
    ...peers.map((target): Outgoing => ({ target, body: { kind: "inquire", txn, attempt, role: "participant" } })),
  ];
}

function tell({ txn, attempt, position, why }: ParticipantState, target: Address, outcome: Outcome): Outgoing {
  const where = outcome === "committed" && { position };
  return { target, body: { kind: "decide", txn, attempt, outcome, ...where, ...(why && { why }) } };
}

function vote(target: NodeId, { txn, attempt }: Prepare, choice: Vote, position?: Position): Outgoing {
  const proposal = position !== undefined && { position };
  return { target, body: { kind: "vote", protocol: "2pc", txn, attempt, vote: choice, ...proposal } };
}

function no(target: NodeId, { txn, attempt }: Prepare, why: Why): Outgoing {
  return { target, body: { kind: "vote", protocol: "2pc", txn, attempt, vote: "no", why } };
}

function ack(target: Address, txn: TxnId): Outgoing {
  return { target, body: { kind: "ack", txn } };
}

function still(state: ParticipantState, ...messages: Outgoing[]): Step {
  return [state, messages.length === 0 ? SILENCE : say(...messages)];
}
