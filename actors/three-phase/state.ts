/** What a process of three-phase commit knows of one transaction, and how its records change that. */

import { type Memory, type Outgoing, type Output, SILENCE, type Stage, say } from "../protocol.js";
import type { Membership, ParticipantRecord, Precommitted } from "../record.js";
import type {
  Address,
  Incarnation,
  Key,
  Millis,
  NodeId,
  Outcome,
  Position,
  Standing,
  TxnId,
  Why,
  Write,
} from "../transaction.js";

export type ProcessState = {
  protocol: "3pc";
  txn: TxnId;
  memory: Memory;
  /** A coordinator without data is `working` while the others are `prepared`. */
  phase: "blank" | "working" | "prepared" | "precommitted" | Outcome;
  why?: Why | undefined;
  /** Of the operations; `UNKNOWN` for one that was settled before it was ever seen. */
  fingerprint: number;
  /** Who began it, and in which incarnation. */
  coordinator: NodeId;
  attempt: number;
  /** Those that vote and hold data. With the coordinator, they are the processes of the transaction. */
  participants: readonly NodeId[];
  /** The up-set: those not known to have failed since the round began. Within a round it only shrinks. */
  group: readonly NodeId[];
  /** Which life of each of them takes part: the failure of an earlier one is no news. */
  incarnations: readonly Incarnation[];
  round: number;
  writes: readonly Write[];
  reads: readonly Key[];
  /**
   * Of one that is prepared: what it has proposed; of its coordinator, the largest that it has heard of. It is final once
   * the process has pre-committed.
   */
  position: Position;
  /** When it began here, for people. */
  at: Millis;
  duty: Duty;
  /** Who waits for the outcome: clients, and processes that have failed and recovered. */
  clients: readonly Client[];
  askers: readonly NodeId[];
  alarmAt: Millis | undefined;
};

/** What a process is about. */
export type Duty =
  | { is: "nothing" }
  /** It waits for what its coordinator says. */
  | { is: "following"; leader: NodeId }
  /** It is the coordinator and waits for votes, or for acknowledgements of the pre-commit. */
  | { is: "voting" | "precommitting"; missing: readonly NodeId[] }
  /** It was elected and waits for the states of the others. */
  | { is: "polling"; missing: readonly NodeId[]; precommitted: readonly NodeId[] }
  /**
   * It has failed: it asks, and takes no part in the termination of others. With a `bond` it has agreed to a round since it
   * started, with those of it that it believes to be up since then.
   */
  | { is: "recovering"; reports: readonly Report[]; bond?: readonly NodeId[] }
  /** It has failed, and begins a new round with the last group to fail. */
  | { is: "forming"; missing: readonly NodeId[]; precommitted: readonly NodeId[]; alive: readonly NodeId[] };

/** What the log of a recovering process says. */
export type Report = { node: NodeId; group: readonly NodeId[]; round: number };

/** The members of the up-set, as other processes have to know them. */
export function members({ group, incarnations }: ProcessState): Incarnation[] {
  return incarnations.filter(({ node }) => group.includes(node));
}

/** Who asked, and with which question. */
export type Client = { address: Address; request: number };

export type Step = [ProcessState, Output];

const NONE: readonly never[] = [];
export const UNKNOWN = 0;
const PRESUMED: Why = { code: "abandoned", detail: "nobody has a record of it" };

export function blank(txn: TxnId, memory: Memory): ProcessState {
  return {
    protocol: "3pc",
    txn,
    memory,
    phase: "blank",
    fingerprint: UNKNOWN,
    coordinator: "",
    attempt: 0,
    participants: NONE,
    group: NONE,
    incarnations: NONE,
    round: 0,
    writes: NONE,
    reads: NONE,
    position: 0,
    at: 0,
    duty: { is: "nothing" },
    clients: NONE,
    askers: NONE,
    alarmAt: undefined,
  };
}

export function stage({ phase }: ProcessState): Stage {
  if (phase === "blank") return "blank";
  return phase === "committed" || phase === "aborted" ? "finished" : "open";
}

/** After a replay an open transaction is one to recover: a live step says right away what it is about instead. */
export function apply(state: ProcessState, record: ParticipantRecord): ProcessState {
  switch (record.kind) {
    case "prepared": {
      const { writes, reads, position } = record;
      return { ...enter(state, record), phase: "prepared", writes, reads, position };
    }
    case "precommitted": {
      const { position } = record;
      return { ...(state.phase === "prepared" ? state : enter(state, record)), phase: "precommitted", position };
    }
    case "regrouped": {
      const { group, round } = record;
      return { ...state, group, round };
    }
    case "concluded": {
      const { attempt, outcome, position = 0, why, membership } = record;
      const fingerprint = membership?.fingerprint ?? UNKNOWN;
      return { ...blank(state.txn, "unseen"), phase: outcome, attempt, position, why, fingerprint };
    }
  }
}

function enter(state: ProcessState, record: Extract<ParticipantRecord, { participants: NodeId[] }>): ProcessState {
  const { coordinator, attempt, participants, at } = record;
  const { group, fingerprint } = record.membership ?? ({ group: [], fingerprint: UNKNOWN } satisfies Membership);
  const duty: Duty = { is: "recovering", reports: NONE };
  return { ...state, fingerprint, coordinator, attempt, participants, group, at, duty, alarmAt: 0 };
}

export function deadline({ alarmAt }: ProcessState): Millis | undefined {
  return alarmAt;
}

/** Whether it has not failed since the round began. */
export function isOperational({ duty }: ProcessState): boolean {
  return duty.is !== "recovering" && duty.is !== "forming";
}

/** Whether it has agreed to its round since it started, and waits for it to begin. */
export function isBound({ duty }: ProcessState): boolean {
  return duty.is === "forming" || (duty.is === "recovering" && duty.bond !== undefined);
}

export function isOpen(state: ProcessState): boolean {
  return stage(state) === "open";
}

/** What a client is told. Nobody hears of an end before its record is on disk. */
export function report(state: ProcessState, { address, request }: Client, refused?: Why): Outgoing {
  const { txn } = state;
  return {
    target: address,
    body: { kind: "outcome", request, txn, standing: standing(state), ...(refused && { refused }) },
    rests: stage(state) === "finished",
  };
}

export function standing({ phase, memory, position, why }: ProcessState): Standing {
  switch (phase) {
    case "committed":
      return { state: "committed", position };
    case "aborted":
      return { state: "aborted", why: why ?? PRESUMED };
    case "blank":
      return { state: memory === "unseen" ? "unseen" : "expired" };
    default:
      return { state: "undecided" };
  }
}

/** Forced: whoever pre-commits says so after a crash too (3PC3, 3PC4), and where. */
export function notePrecommit(state: ProcessState, position: Position): Step {
  if (state.phase === "precommitted") return still(state);
  const { txn, coordinator, attempt, participants, at, group, fingerprint, duty } = state;
  const membership = { group: [...group], fingerprint };
  const record: Precommitted = {
    kind: "precommitted",
    txn,
    coordinator,
    attempt,
    participants: [...participants],
    position,
    at,
    membership,
  };
  return [
    { ...apply(state, record), duty },
    { records: [{ record, forced: true }], writes: [], messages: [] },
  ];
}

export function without<Item>(list: readonly Item[], item: Item): readonly Item[] {
  return list.includes(item) ? list.filter((other) => other !== item) : list;
}

export function still(state: ProcessState, ...messages: Outgoing[]): Step {
  return [state, messages.length === 0 ? SILENCE : say(...messages)];
}

/** One step after another, in the same turn. */
export function then([state, first]: Step, next: (state: ProcessState) => Step): Step {
  const [after, second] = next(state);
  if (first === SILENCE) return [after, second];
  if (second === SILENCE) return [after, first];
  return [
    after,
    {
      records: [...first.records, ...second.records],
      writes: [...first.writes, ...second.writes],
      messages: [...first.messages, ...second.messages],
    },
  ];
}
