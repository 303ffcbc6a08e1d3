/**
 * Two-phase commit with presumed abort (Mohan, Lindsay, Obermarck 1986, "R*"): the coordinator.
 *
 * 1. `begin`: register, ask every replica to `prepare`. Nothing is recorded yet (PA1).
 * 2. All vote yes: force `decided committed`, then tell the participants and the client (PA2).
 *    All vote read: committed, nobody needs to be told. One votes no, is down or late: aborted, not forced (PA3).
 * 3. Every ack is in: `ended`, not forced (PA4).
 *
 * Recovery: a `decided committed` without `ended` is told again until acknowledged. A transaction that is neither
 * in flight nor recorded is aborted, and only this role may presume so (PA5): a commit is forgotten only after
 * everybody who could be in doubt has acknowledged it.
 */

import { fingerprint } from "../fingerprint.js";
import type { Ask, Begin, Inquire, Message, VoteReport } from "../message.js";
import {
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
import type { Append, Decided, Ended } from "../record.js";
import { stamped } from "../stamp.js";
import type { Address, Millis, NodeId, Outcome, Position, Standing, TxnId, Why } from "../transaction.js";

export type CoordinatorState = {
  txn: TxnId;
  memory: Memory;
  phase: "blank" | "working" | Outcome;
  why?: Why | undefined;
  /** Of the operations; `UNKNOWN` for one that was settled before it was ever seen. */
  fingerprint: number;
  attempt: number;
  participants: readonly NodeId[];
  /** Those that voted yes. */
  yes: readonly NodeId[];
  /** The largest that they have proposed; 0 when nothing is written. */
  position: Position;
  /** Those that have not voted, while working. */
  silent: readonly NodeId[];
  /** Those that have not acknowledged a commit. */
  unacked: readonly NodeId[];
  /** Who waits for the outcome. */
  clients: readonly Client[];
  /** When it began or was decided, for people. */
  at: Millis;
  alarmAt: Millis | undefined;
};

/** Who asked, and with which question. */
type Client = { address: Address; request: number };

type Step = [CoordinatorState, Output];

const NOBODY: readonly never[] = [];
const UNKNOWN = 0;
const PRESUMED: Why = { code: "abandoned", detail: "its coordinator has no record of it" };

export const coordinator: Role<CoordinatorState, Decided | Ended> = { blank, stage, apply, step, deadline };

function blank(txn: TxnId, memory: Memory): CoordinatorState {
  return {
    txn,
    memory,
    phase: "blank",
    fingerprint: UNKNOWN,
    attempt: 0,
    participants: NOBODY,
    yes: NOBODY,
    position: 0,
    silent: NOBODY,
    unacked: NOBODY,
    clients: NOBODY,
    at: 0,
    alarmAt: undefined,
  };
}

function stage(state: CoordinatorState): Stage {
  if (state.phase === "blank") return "blank";
  return state.phase === "working" || state.unacked.length > 0 ? "open" : "finished";
}

function apply(state: CoordinatorState, record: Decided | Ended): CoordinatorState {
  const { outcome, fingerprint, attempt, position = 0 } = record;
  const decided = { ...blank(state.txn, "unseen"), phase: outcome, fingerprint, attempt, position };
  if (record.kind === "ended") return decided;
  const { why, participants, at } = record;
  if (outcome === "aborted") return { ...decided, why };
  return { ...decided, participants, unacked: participants, at, alarmAt: 0 };
}

function deadline(state: CoordinatorState): Millis | undefined {
  return state.alarmAt;
}

function step(state: CoordinatorState, event: Event, env: Env): Step {
  switch (event.kind) {
    case "message":
      return onMessage(state, event.source, event.body, env);
    case "peer":
      return event.up ? onPeerUp(state, event.node, env) : onPeerDown(state, event.node, env);
    case "alarm":
      return onAlarm(state, env);
  }
}

function onMessage(state: CoordinatorState, source: Address, body: Message, env: Env): Step {
  switch (body.kind) {
    case "begin":
      return onBegin(state, { address: source, request: body.request }, body, env);
    case "ask":
      return onAsk(state, { address: source, request: body.request }, body, env);
    case "vote":
      return onVote(state, source, body, env);
    case "ack":
      return onAck(state, source);
    case "inquire":
      return onInquire(state, source, body, env);
    default:
      return still(state);
  }
}

/** PA1. A repeated request joins the first one; another request under the same id is refused. */
function onBegin(state: CoordinatorState, client: Client, begin: Begin, env: Env): Step {
  const print = fingerprint(begin.operations, begin.checks);
  if (state.phase !== "blank") {
    if (state.fingerprint !== print && state.fingerprint !== UNKNOWN)
      return still(state, report(state, client, { code: "id-reused", node: env.self }));
    if (state.phase === "working") return still({ ...state, clients: [...state.clients, client] });
    return still(state, report(state, client));
  }
  if (state.memory === "expired") return still(state, report(state, client, { code: "expired", node: env.self }));
  const working: CoordinatorState = {
    ...state,
    phase: "working",
    fingerprint: print,
    attempt: env.epoch,
    participants: env.replicas,
    silent: env.replicas,
    clients: [client],
    at: env.now,
    alarmAt: env.now + begin.deadlineMs,
  };
  const dead = env.replicas.find((replica) => !env.isUp(replica));
  if (dead !== undefined) return abort(working, unavailable(dead, `${dead} is down`));
  if (env.room() <= 0) {
    return abort(working, { code: "disk-full", node: env.self, detail: "the disk of this node is too full to decide" });
  }
  const { checks, txn, deadlineMs } = begin;
  const prepare: Message = {
    kind: "prepare",
    protocol: "2pc",
    txn,
    attempt: env.epoch,
    participants: [...env.replicas],
    operations: stamped(begin.operations, env.now),
    checks,
    deadlineMs,
  };
  return still(working, ...env.replicas.map((target) => ({ target, body: prepare })));
}

/** To settle an unseen transaction is to abort it for good, so that the answer stays true. */
function onAsk(state: CoordinatorState, client: Client, ask: Ask, env: Env): Step {
  if (state.phase !== "blank" || state.memory !== "unseen" || !ask.settle) return still(state, report(state, client));
  const why: Why = { code: "abandoned", node: env.self, detail: "its coordinator restarted before deciding" };
  return abort({ ...state, attempt: env.epoch, clients: [client], at: env.now }, why);
}

function onVote(state: CoordinatorState, voter: NodeId, ballot: VoteReport, env: Env): Step {
  if (state.phase !== "working" || ballot.attempt !== env.epoch) return onLateVote(state, voter, ballot);
  if (!state.silent.includes(voter)) return still(state);
  if (ballot.vote === "no") return abort(state, ballot.why ?? unavailable(voter, "voted no"));
  const silent = state.silent.filter((node) => node !== voter);
  const yes = ballot.vote === "yes" ? [...state.yes, voter] : state.yes;
  // POS2.
  const position = Math.max(state.position, ballot.position ?? 0);
  const counted = { ...state, silent, yes, position };
  return silent.length > 0 ? still(counted) : commit(counted, env);
}

/** A yes voter that missed the decision is told; nobody else needs to be. */
function onLateVote(state: CoordinatorState, voter: NodeId, { vote, attempt }: VoteReport): Step {
  return vote === "yes" ? still(state, answer(state, voter, attempt)) : still(state);
}

/** PA4. */
function onAck(state: CoordinatorState, source: Address): Step {
  if (!state.unacked.includes(source)) return still(state);
  const unacked = state.unacked.filter((node) => node !== source);
  if (unacked.length > 0) return still({ ...state, unacked });
  return end(state, "committed");
}

function onInquire(state: CoordinatorState, source: Address, { attempt }: Inquire, env: Env): Step {
  const running = state.phase === "working" && attempt === env.epoch;
  if (running) return still(state, { target: source, body: { kind: "undecided", txn: state.txn } });
  return still(state, answer(state, source, attempt));
}

/** A participant that voted has promised; one that has not can be given up at once. */
function onPeerDown(state: CoordinatorState, node: NodeId, _env: Env): Step {
  if (state.phase !== "working" || !state.silent.includes(node)) return still(state);
  return abort(state, unavailable(node, `${node} went down before it voted`));
}

function onPeerUp(state: CoordinatorState, node: NodeId, _env: Env): Step {
  return state.unacked.includes(node) ? still(state, answer(state, node, state.attempt)) : still(state);
}

function onAlarm(state: CoordinatorState, env: Env): Step {
  if (state.alarmAt === undefined || env.now < state.alarmAt) return still(state);
  if (state.phase === "working") {
    const late = state.silent.join(", ");
    return abort(state, unavailable(state.silent[0] ?? env.self, `no vote in time from ${late}`));
  }
  return resend({ ...state, alarmAt: env.now + env.settings.resendAfterMs }, state.unacked);
}

/** PA2. The decision is durable before anybody hears of it. */
function commit(state: CoordinatorState, env: Env): Step {
  if (state.yes.length === 0) return end(state, "committed");
  const { txn, attempt, position, yes, fingerprint, at } = state;
  const outcome = "committed";
  const participants = [...yes];
  const record: Decided = { kind: "decided", txn, attempt, outcome, position, participants, fingerprint, at };
  const decided = { ...apply(state, record), alarmAt: env.now + env.settings.resendAfterMs };
  return finish(state, decided, { record, forced: true }, state.yes);
}

/** PA3. Only yes voters are told, and they need not acknowledge: what they miss is presumed. */
function abort(state: CoordinatorState, why: Why): Step {
  const { txn, attempt, fingerprint, at } = state;
  const record: Decided = { kind: "decided", txn, attempt, outcome: "aborted", why, participants: [], fingerprint, at };
  return finish(state, apply(state, record), { record, forced: false }, state.yes);
}

function end(state: CoordinatorState, outcome: Outcome): Step {
  const { txn, attempt, position, fingerprint } = state;
  const record: Ended = { kind: "ended", txn, attempt, outcome, ...(position > 0 && { position }), fingerprint };
  return finish(state, apply(state, record), { record, forced: false }, []);
}

function finish(before: CoordinatorState, after: CoordinatorState, append: Append, told: readonly NodeId[]): Step {
  const replies = before.clients.map((client) => report(after, client));
  const [, { messages }] = resend(after, told);
  return [after, { records: [append], writes: [], messages: [...messages, ...replies] }];
}

function resend(state: CoordinatorState, targets: readonly NodeId[]): Step {
  return still(state, ...targets.map((target) => answer(state, target, state.attempt)));
}

/** PA5: what is neither in flight nor recorded is aborted. */
function answer(state: CoordinatorState, target: Address, attempt: number): Outgoing {
  const { txn, phase, position, why } = state;
  if (phase === "committed") {
    return { target, body: { kind: "decide", txn, attempt: state.attempt, outcome: phase, position } };
  }
  if (phase === "blank") {
    return { target, body: { kind: "decide", txn, attempt, outcome: "aborted", why: PRESUMED, presumed: true } };
  }
  return { target, body: { kind: "decide", txn, attempt, outcome: "aborted", why: why ?? PRESUMED } };
}

/** The same id must get the same answer after a crash, so nobody hears of it before its record is on disk. */
function report(state: CoordinatorState, { address, request }: Client, refused?: Why): Outgoing {
  const { txn } = state;
  const body: Message = { kind: "outcome", request, txn, standing: standing(state), ...(refused && { refused }) };
  return { target: address, body, rests: stage(state) === "finished" };
}

function standing({ phase, memory, position, why }: CoordinatorState): Standing {
  switch (phase) {
    case "committed":
      return { state: "committed", ...(position > 0 && { position }) };
    case "aborted":
      return { state: "aborted", why: why ?? PRESUMED };
    case "working":
      return { state: "undecided" };
    case "blank":
      return { state: memory === "unseen" ? "unseen" : "expired" };
  }
}

function unavailable(node: NodeId, detail: string): Why {
  return { code: "unavailable", node, detail };
}

function still(state: CoordinatorState, ...messages: Outgoing[]): Step {
  return [state, messages.length === 0 ? SILENCE : say(...messages)];
}
