/** How a transaction ends at a process: the record, the data, and whoever waits for the outcome. */

import type { Decide } from "../message.js";
import { assert, type Outgoing } from "../protocol.js";
import type { Concluded } from "../record.js";
import type { Address, NodeId, Outcome, Position, Why } from "../transaction.js";
import { apply, type ProcessState, report, type Step, still } from "./state.js";

/**
 * 3PC6: the data of a commit and its record are one commit of the store, forced; an abort is not forced. `told` are
 * others that are to hear of it; clients and those that asked hear of it too.
 */
export function conclude(
  state: ProcessState,
  outcome: Outcome,
  why: Why | undefined,
  told: readonly NodeId[] = [],
): Step {
  const { txn, attempt, position, fingerprint } = state;
  const committed = outcome === "committed";
  const record: Concluded = {
    kind: "concluded",
    txn,
    attempt,
    outcome,
    ...(committed && { position }),
    ...(why && { why }),
    membership: { fingerprint },
  };
  const concluded = apply(state, record);
  const listeners = [...new Set([...told, ...state.askers])];
  return [
    concluded,
    {
      records: [{ record, forced: committed }],
      writes: committed ? state.writes.map((write) => ({ ...write, position })) : [],
      messages: [
        ...listeners.map((target) => tell(concluded, target)),
        ...state.clients.map((client) => report(concluded, client)),
      ],
    },
  ];
}

/** Word of the outcome, from whoever knows it. Decisions never contradict each other, so anybody's is good. */
export function onDecide(state: ProcessState, { outcome, attempt, position, why }: Decide): Step {
  const sameAttempt = attempt === state.attempt;
  if (outcome === "committed") {
    if (state.phase === "committed" || (state.phase === "blank" && state.memory !== "unseen")) return still(state);
    assert(
      state.phase !== "blank" && state.phase !== "aborted",
      `${state.txn} is told to commit but is ${state.phase}`,
    );
    assert(sameAttempt, `${state.txn} is told to commit another attempt`);
    return conclude({ ...state, position: positionIn(state, position) }, "committed", undefined);
  }
  assert(state.phase !== "committed" || !sameAttempt, `${state.txn} is told to abort after a commit`);
  const isOpen = state.phase !== "blank" && state.phase !== "committed" && state.phase !== "aborted";
  return isOpen && sameAttempt ? conclude(state, "aborted", why) : still(state);
}

/** A process that has not voted gives up. Forced, since a later yes vote would make this answer wrong. */
export function giveUp(state: ProcessState, source: Address, attempt: number): Step {
  const why: Why = { code: "abandoned", detail: "one that had not voted was asked first" };
  const [aborted, { records }] = conclude({ ...state, attempt }, "aborted", why);
  const forced = records.map(({ record }) => ({ record, forced: true }));
  return [aborted, { records: forced, writes: [], messages: [tell(aborted, source)] }];
}

/** What a finished process tells. Of another attempt, which lacks its vote, it says that it is aborted. */
export function tell({ txn, attempt, phase, position, why }: ProcessState, target: Address, asked = attempt): Outgoing {
  const outcome = phase === "committed" && asked === attempt ? phase : "aborted";
  const where = outcome === "committed" && { position };
  return { target, body: { kind: "decide", txn, attempt: asked, outcome, ...where, ...(why && { why }) } };
}

/** POS2. What a process that knows that all voted yes must say too; a process has only one. */
export function positionIn({ txn, phase, position }: ProcessState, said: Position | undefined): Position {
  assert(said !== undefined, `${txn} is certain, but not where`);
  assert(phase !== "precommitted" || said === position, `${txn} is said to stand at ${said}, not at ${position}`);
  return said;
}
