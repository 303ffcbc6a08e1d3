/**
 * Three-phase commit with forced pre-commits (Skeen 1981; Bernstein, Hadzilacos, Goodman chapter 7): one process.
 *
 * Whoever begins a transaction coordinates it (`coordinator.ts`), the others follow (`participant.ts`). When it goes down
 * another is elected (`election.ts`) and ends it (`termination.ts`). Who has failed asks (`recovery.ts`). It never blocks
 * while one process stays up, provided that who is said to be down is down: a partition can split it.
 */

import type { Message } from "../message.js";
import type { Env, Event, Role } from "../protocol.js";
import type { ParticipantRecord } from "../record.js";
import type { Address } from "../transaction.js";
import { onDecide } from "./conclusion.js";
import { abort, onAsk, onBegin, onPrecommitAck, onVote, sendPrecommit, unavailable } from "./coordinator.js";
import { onDown } from "./election.js";
import { onPrecommit, onPrepare } from "./participant.js";
import { consult, consultAll, onConsult, onRecovering, onUndecided, processesOf } from "./recovery.js";
import { apply, blank, deadline, type ProcessState, type Step, stage, still } from "./state.js";
import { onStateReport, onStateRequest, sendRequests } from "./termination.js";

export const member: Role<ProcessState, ParticipantRecord> = { blank, stage, apply, step, deadline };

function step(state: ProcessState, event: Event, env: Env): Step {
  switch (event.kind) {
    case "message":
      return onMessage(state, event.source, event.body, env);
    case "peer":
      if (!event.up) return onDown(state, event, env);
      return state.duty.is === "recovering" && event.node !== env.self && processesOf(state).includes(event.node)
        ? still(state, consult(state, event.node, true))
        : still(state);
    case "alarm":
      return state.alarmAt !== undefined && env.now >= state.alarmAt ? onAlarm(state, env) : still(state);
  }
}

function onMessage(state: ProcessState, source: Address, body: Message, env: Env): Step {
  switch (body.kind) {
    case "begin":
      return onBegin(state, { address: source, request: body.request }, body, env);
    case "ask":
      return onAsk(state, { address: source, request: body.request }, body, env);
    case "prepare":
      return onPrepare(state, source, body, env);
    case "vote":
      return onVote(state, source, body, env);
    case "precommit":
      return onPrecommit(state, source, body, env);
    case "precommit-ack":
      return onPrecommitAck(state, source, body, env);
    case "decide":
      return onDecide(state, body);
    case "state-request":
      return onStateRequest(state, source, body, env);
    case "state-report":
      return onStateReport(state, source, body, env);
    case "consult":
      return onConsult(state, source, body, env);
    case "recovering":
      return onRecovering(state, source, body, env);
    case "undecided":
      return onUndecided(state, source, body, env);
    default:
      return still(state);
  }
}

/** 3PC7. A time-out makes a process ask again; only before anybody has pre-committed may it end in an abort. */
function onAlarm(state: ProcessState, env: Env): Step {
  const { duty } = state;
  const again: ProcessState = { ...state, alarmAt: env.now + env.settings.resendAfterMs };
  switch (duty.is) {
    case "voting":
      return abort(state, unavailable(duty.missing[0] ?? env.self, `no vote in time from ${duty.missing.join(", ")}`));
    case "precommitting":
      return sendPrecommit(again);
    case "polling":
    case "forming":
      return sendRequests(again);
    case "following":
      return still({ ...state, alarmAt: env.now + env.settings.inquireAfterMs }, consult(state, duty.leader, false));
    case "recovering":
      return consultAll(state, env);
    case "nothing":
      return still(state);
  }
}
