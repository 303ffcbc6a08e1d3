/** What the logs that can be read prove of a transaction in doubt, and which outcomes none of them contradicts. */

import type { FreeState } from "./forced.js";
import { isChange } from "./membership/view.js";
import type { AnyParticipant } from "./participation.js";
import { isOperational } from "./three-phase/state.js";
import type { NodeId, Outcome, Position, ProtocolName, TxnId } from "./transaction.js";

/** The log of a participant. */
export type Testimony = {
  txn: TxnId;
  /** `unseen`: it has never voted yes. `forgotten`: it may have known how it ended. */
  says: "unseen" | "forgotten" | "working" | "promised" | "precommitted" | Outcome;
  /** What was promised, if anything. */
  promise?: Promised;
  /** Of three-phase commit: it has not failed, so it decides with the others. */
  operational?: true;
  /** What a person has forced here; the real outcome is not known, or another one. */
  forced?: Outcome;
};

export type Promised = {
  protocol: ProtocolName;
  attempt: number;
  coordinator: NodeId;
  participants: NodeId[];
  position: Position;
  /** It changes who the members are. */
  isChange?: true;
};

/** A node that takes part; without a testimony, its log cannot be read now. */
export type Witness = { node: NodeId; isUp: boolean; testimony?: Testimony | undefined };

/** Why an outcome could contradict a log; an outcome that is not named contradicts none that can be read. */
export type Objections = Partial<Record<Outcome, string>>;

export function testimonyOf(state: AnyParticipant): Testimony {
  if (state.protocol !== "forced") return ofFree(state);
  const { free, order, real } = state;
  return { ...ofFree(free), ...(real === undefined && { says: "promised" }), forced: order.outcome };
}

function ofFree(state: FreeState): Testimony {
  const { txn, phase, memory } = state;
  switch (phase) {
    case "committed":
    case "aborted":
      return { txn, says: phase };
    case "prepared":
    case "precommitted":
      return { txn, says: phase === "prepared" ? "promised" : phase, ...promiseOf(state) };
    default:
      if (state.protocol === "3pc" && phase === "working") return { txn, says: phase, operational: true };
      return { txn, says: memory === "unseen" ? "unseen" : "forgotten" };
  }
}

function promiseOf(state: FreeState): Pick<Testimony, "promise" | "operational"> {
  const { protocol, attempt, coordinator, participants, position, writes } = state;
  const promise: Promised = { protocol, attempt, coordinator, participants: [...participants], position };
  if (isChange(writes)) promise.isChange = true;
  return { promise, ...(state.protocol === "3pc" && isOperational(state) && { operational: true }) };
}

/** HEU1, as far as it takes more than one log. The first objection to each outcome. */
export function objectionsTo(witnesses: readonly Witness[]): Objections {
  const promise = promiseIn(witnesses);
  if (!promise) return both("no node that is up has promised it and waits");
  if (promise.isChange) return both("it changes who the members of the cluster are");
  const { protocol, coordinator } = promise;
  const decider = witnesses.find(({ node, isUp }) => isUp && protocol === "2pc" && node === coordinator);
  if (decider) return both(`${coordinator} coordinates it and is up: it will decide, or has`);
  const objections = witnesses.map(objectionOf);
  const forced = witnesses.find(({ testimony }) => testimony?.forced !== undefined);
  const other = forced?.testimony?.forced === "committed" ? "aborted" : "committed";
  const contradiction = forced && { [other]: `${forced.node} was forced to ${forced.testimony?.forced}` };
  return Object.assign({}, contradiction, ...objections.reverse());
}

function objectionOf({ node, isUp, testimony }: Witness): Objections {
  if (!isUp) return {};
  if (!testimony) return both(`${node} is up but does not answer: nobody knows what its log says`);
  if (testimony.operational) return both(`${node} has not failed and decides it with the others`);
  switch (testimony.says) {
    case "committed":
    case "aborted":
      return both(`${node} knows that it ${testimony.says === "committed" ? "committed" : "was aborted"}`);
    case "forgotten":
      return both(`${node} may have known how it ended, and has forgotten`);
    case "unseen":
      return { committed: `${node} has not voted yes` };
    default:
      return {};
  }
}

function both(why: string): Objections {
  return { committed: why, aborted: why };
}

/** The promise that waits; the largest position that was proposed is that of the transaction (POS2). */
export function promiseIn(witnesses: readonly Witness[]): Promised | undefined {
  const promises = witnesses.flatMap(({ testimony }) => testimony?.promise ?? []);
  const [first] = promises;
  return first && { ...first, position: Math.max(...promises.map(({ position }) => position)) };
}
