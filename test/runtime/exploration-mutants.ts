/** Rules of two-phase commit broken on purpose, one at a time, for the explorer to find. */

import type { Env, Event, Output, Role } from "../../actors/protocol.js";
import type { TransactionRecord } from "../../actors/record.js";
import type { Outcome, TxnId } from "../../actors/transaction.js";
import type { Roles } from "../../actors/transactions.js";
import { coordinator } from "../../actors/two-phase/coordinator.js";
import { participant } from "../../actors/two-phase/participant.js";

export type ExplorerMutant = { name: string; roles: Partial<Roles>; violates: RegExp };

export const EXPLORER_MUTANTS: readonly ExplorerMutant[] = [
  {
    name: "a prepared peer counts as a decision to commit",
    roles: { coordinator, participant: answering(participant, "prepared", "committed") },
    violates: /recovery/,
  },
  {
    name: "the coordinator presumes an abort while it works",
    roles: { coordinator: answering(coordinator, "working", "aborted"), participant },
    violates: /agreement/,
  },
  {
    name: "a promise is not forced",
    roles: { coordinator, participant: unforced(participant, "prepared") },
    violates: /validity/,
  },
  {
    name: "the decision to commit is not forced",
    roles: { coordinator: unforced(coordinator, "decided"), participant },
    violates: /durability/,
  },
  {
    name: "giving up for all is not forced",
    roles: { coordinator, participant: unforced(participant, "concluded") },
    violates: /agreement/,
  },
  {
    name: "a time-out decides after a yes vote",
    roles: { coordinator, participant: impatient() },
    violates: /recovery/,
  },
  {
    name: "a vote counts for any attempt",
    roles: { coordinator: forgetfulOfAttempts(), participant },
    violates: /validity/,
  },
  {
    name: "an abort is told before its record is on disk",
    roles: { coordinator: hasty(), participant },
    violates: /durability/,
  },
];

type Subject = { txn: TxnId; attempt: number; phase: string };
type Step<State> = Role<State, never>["step"];

function answering<State extends Subject, Rec extends TransactionRecord>(
  role: Role<State, Rec>,
  phase: string,
  outcome: Outcome,
): Role<State, Rec> {
  const step: Step<State> = (state, event, env) => {
    if (event.kind !== "message" || event.body.kind !== "inquire" || state.phase !== phase) {
      return role.step(state, event, env);
    }
    const { txn, attempt } = state;
    const decide = { target: event.source, body: { kind: "decide" as const, txn, attempt, outcome, position: 1 } };
    return [state, { records: [], writes: [], messages: [decide] }];
  };
  return { ...role, step };
}

function unforced<State, Rec extends TransactionRecord>(role: Role<State, Rec>, kind: string): Role<State, Rec> {
  return after(role, (output) => ({
    ...output,
    records: output.records.map((append) => (append.record.kind === kind ? { ...append, forced: false } : append)),
  }));
}

function impatient(): Roles["participant"] {
  const step = (state: Parameters<typeof participant.step>[0], event: Event, env: Env) => {
    if (event.kind !== "alarm" || state.phase !== "prepared") return participant.step(state, event, env);
    const { txn, attempt, coordinator: source } = state;
    const body = { kind: "decide" as const, txn, attempt, outcome: "aborted" as const };
    return participant.step(state, { kind: "message", source, body }, env);
  };
  return { ...participant, step };
}

function forgetfulOfAttempts(): Roles["coordinator"] {
  const step = (state: Parameters<typeof coordinator.step>[0], event: Event, env: Env) => {
    if (event.kind !== "message" || event.body.kind !== "vote") return coordinator.step(state, event, env);
    return coordinator.step(state, { ...event, body: { ...event.body, attempt: env.epoch } }, env);
  };
  return { ...coordinator, step };
}

function hasty(): Roles["coordinator"] {
  return after(coordinator, (output) => ({
    ...output,
    messages: output.messages.map(({ target, body }) => ({ target, body })),
  }));
}

function after<State, Rec extends TransactionRecord>(
  role: Role<State, Rec>,
  change: (output: Output) => Output,
): Role<State, Rec> {
  const step: Step<State> = (state, event, env) => {
    const [next, output] = role.step(state, event, env);
    return [next, change(output)];
  };
  return { ...role, step };
}
