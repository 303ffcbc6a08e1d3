/**
 * An outcome that a person forced upon a participant in doubt: a heuristic decision (Mohan, Lindsay, Obermarck 1986, "R*").
 *
 * 1. Only what is promised here can be forced, and only while nobody is up who is to decide it (HEU1).
 * 2. The order, with its reason, and the data of a commit are one forced commit; then the locks go (HEU2).
 * 3. It is no decision: nobody is told it as one, and this participant asks on for the real one (HEU3).
 * 4. The real one is the same: it ends as any other. It is another one: that is forced to the log before anybody hears
 *    that it is known here, changes nothing more, and stays until a person has acknowledged it (HEU4).
 */

import type { Force, Forget, Message } from "./message.js";
import { type Env, type Event, type Outgoing, type Output, SILENCE, say } from "./protocol.js";
import type { Concluded, Forced, Mismatched } from "./record.js";
import { consult, processesOf } from "./three-phase/recovery.js";
import { isOperational, type ProcessState } from "./three-phase/state.js";
import type { Address, Key, Millis, Outcome, TxnId, Write } from "./transaction.js";
import { inquiries, type ParticipantState } from "./two-phase/participant.js";

/** What a participant is without anybody's force. */
export type FreeState = ParticipantState | ProcessState;

export type ForcedState = {
  protocol: "forced";
  txn: TxnId;
  phase: "forced";
  attempt: number;
  /** It holds nothing any more. */
  writes: readonly Write[];
  reads: readonly Key[];
  /** What it would be without: its promise, and once the real outcome is known, what that makes of it. */
  free: FreeState;
  order: Forced;
  /** Set only if it is another one. */
  real?: Concluded;
  inquireAt: Millis | undefined;
};

type Step = [FreeState | ForcedState, Output];
/** A step of the protocol itself. */
type FreeStep = (state: FreeState, event: Event, env: Env) => [FreeState, Output];

const NONE: readonly never[] = [];

export function applyForced(free: FreeState, order: Forced): ForcedState {
  const { txn, attempt } = free;
  return { protocol: "forced", txn, phase: "forced", attempt, writes: NONE, reads: NONE, free, order, inquireAt: 0 };
}

/** `free` is what the record makes of the promise. */
export function applyMismatched(state: ForcedState, free: FreeState, { real }: Mismatched): ForcedState {
  return { ...state, free, real, inquireAt: undefined };
}

/** HEU1. Why an order cannot be carried out here; nothing if it can. */
export function objectionTo(state: FreeState, env: Pick<Env, "isUp">): string | undefined {
  const { phase } = state;
  if (phase !== "prepared" && phase !== "precommitted") return "it has promised nothing that is undecided";
  if (state.protocol === "3pc") return isOperational(state) ? "it takes part in a termination" : undefined;
  return env.isUp(state.coordinator) ? `${state.coordinator} is up and will decide` : undefined;
}

/** HEU2. An order that cannot be carried out changes nothing. */
export function force(state: FreeState, order: Force, env: Env): Step {
  if (order.attempt !== state.attempt || objectionTo(state, env) !== undefined) return [state, SILENCE];
  const { txn, attempt, outcome, reason, by } = order;
  const position = Math.max(state.position, order.position);
  const record: Forced = {
    kind: "forced",
    txn,
    attempt,
    outcome,
    ...(outcome === "committed" && { position }),
    reason,
    by,
    at: env.now,
  };
  const writes = outcome === "committed" ? state.writes.map((write) => ({ ...write, position })) : [];
  const [asking, { messages }] = ask(applyForced(state, record), env);
  return [asking, { records: [{ record, forced: true }], writes, messages }];
}

/** HEU3. `step` is what the protocol would do: only what cannot contradict the order is let through. */
export function stepForced(state: ForcedState, event: Event, env: Env, step: FreeStep): Step {
  if (event.kind !== "message") return isDue(state, event, env) ? ask(state, env) : [state, SILENCE];
  const { source, body } = event;
  if (body.kind === "force") return [state, SILENCE];
  if (body.kind === "forget") return forget(state, body);
  const [free, output] = step(state.free, event, env);
  if (state.real !== undefined) return [state, { ...SILENCE, messages: output.messages }];
  if (body.kind === "decide") return settle(state, free, output);
  if (body.kind === "begin" || body.kind === "ask" || body.kind === "prepare") {
    return [
      { ...state, free },
      { ...SILENCE, messages: output.messages },
    ];
  }
  return [state, answer(source, body, state.txn)];
}

/** HEU4. The data is what the order made of it, in any case. */
function settle(state: ForcedState, free: FreeState, { records, messages }: Output): Step {
  const end = records.find(({ record }) => record.kind === "concluded")?.record as Concluded | undefined;
  if (!end) return [state, SILENCE];
  if (end.outcome === state.order.outcome) return [free, { records, writes: [], messages }];
  const record: Mismatched = { kind: "mismatched", txn: state.txn, attempt: state.attempt, real: end };
  return [applyMismatched(state, free, record), { records: [{ record, forced: true }], writes: [], messages }];
}

/** A person has seen that the outcome is another one. */
function forget(state: ForcedState, { txn }: Forget): Step {
  if (state.real === undefined || txn !== state.txn) return [state, SILENCE];
  return [state.free, { records: [{ record: state.real, forced: true }], writes: [], messages: [] }];
}

/** Who asks it learns nothing, and does not count it among those that recover. */
function answer(target: Address, body: Message, txn: TxnId): Output {
  switch (body.kind) {
    case "inquire":
    case "consult":
    case "state-request":
    case "precommit":
      return say({ target, body: { kind: "undecided", txn } });
    default:
      return SILENCE;
  }
}

function isDue({ inquireAt, real }: ForcedState, event: Event, env: Env): boolean {
  if (real !== undefined) return false;
  return event.kind === "peer" ? event.up : inquireAt !== undefined && env.now >= inquireAt;
}

function ask(state: ForcedState, env: Env): Step {
  const asking = { ...state, inquireAt: env.now + env.settings.inquireAfterMs };
  return [asking, say(...questions(state.free, env))];
}

function questions(free: FreeState, env: Env): Outgoing[] {
  if (free.protocol === "2pc") return inquiries(free, env.self);
  const others = processesOf(free).filter((node) => node !== env.self);
  return others.map((target) => consult({ ...free, duty: { is: "recovering", reports: [] } }, target, true));
}

/** An order at a node, for people. */
export type ForcedOrder = { txn: TxnId; outcome: Outcome; reason: string; by: string; at: Millis; real?: Outcome };

export function orderOf({ txn, order, real }: ForcedState): ForcedOrder {
  const { outcome, reason, by, at } = order;
  return { txn, outcome, reason, by, at, ...(real && { real: real.outcome }) };
}
