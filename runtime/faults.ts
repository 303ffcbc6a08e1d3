/** Named crash points: where in a turn a node dies on purpose, the same for every host and for the simulator. */

import type { Message } from "../actors/message.js";
import type { Outgoing, Output } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { NodeId, ProtocolName, TxnId } from "../actors/transaction.js";

/** The moments of a turn at which a crash can fall. */
export type Moment =
  /** Nothing of the turn is durable, nothing was sent. */
  | "before-commit"
  /** Everything is durable, nothing was sent. */
  | "before-release"
  /** Everything is durable; exactly the messages to the plan's targets were sent. */
  | "partial-release"
  /** Everything is durable and sent. */
  | "after-release";

/** A crash in the present turn. With `partial-release` only what `sends` agrees to leaves. */
export type Strike = { moment: Moment; sends?(message: Outgoing): boolean };

/** What decides whether a node dies in a turn. Asked once in each. */
export interface Faults {
  strike(output: Output): Strike | undefined;
}

/** The names people use, each a moment of the turn that sends or records something. */
export const CRASH_POINTS = {
  "partial-vote-request": { on: "prepare", moment: "partial-release", says: "only the targets were asked to vote" },
  "before-vote": { on: "vote", moment: "before-commit", says: "the promise is not durable, the vote not sent" },
  "after-vote": { on: "vote", moment: "after-release", says: "the vote is sent" },
  "before-precommit": { on: "precommit", moment: "before-commit", says: "3pc: all said yes, which is not durable" },
  "partial-precommit": {
    on: "precommit",
    moment: "partial-release",
    says: "3pc: only the targets were told to pre-commit",
  },
  "before-precommit-ack": { on: "precommit-ack", moment: "before-commit", says: "3pc: the pre-commit is not durable" },
  "after-precommit-ack": {
    on: "precommit-ack",
    moment: "after-release",
    says: "3pc: pre-committed, and the ack is sent",
  },
  "before-decision": { on: "decision", moment: "before-commit", says: "all votes are in, the decision is not durable" },
  "after-decision": { on: "decision", moment: "before-release", says: "the decision is durable, nobody knows it" },
  "partial-decision": { on: "decision", moment: "partial-release", says: "only the targets were told the decision" },
  "before-ack": { on: "ack", moment: "before-commit", says: "2pc: the decision arrived, its data is not durable" },
  "after-ack": { on: "ack", moment: "after-release", says: "2pc: the data is durable, the ack is sent" },
  "before-commit": { on: "turn", moment: "before-commit", says: "any turn: nothing of it is durable, nothing is sent" },
  "before-release": { on: "turn", moment: "before-release", says: "any turn: all of it is durable, nothing is sent" },
  "after-release": { on: "turn", moment: "after-release", says: "any turn: all of it is durable and sent" },
} as const satisfies Record<string, { on: Trigger; moment: Moment; says: string }>;

export type CrashPoint = keyof typeof CRASH_POINTS;

/** The point at which nobody dies: the next vote that would be yes is no. */
export const VOTE_NO = "vote-no";

/** All points that can be asked for. */
export const POINTS = {
  ...CRASH_POINTS,
  [VOTE_NO]: { says: "it goes on: its next vote that would be yes is no" },
} as const;

export type Point = keyof typeof POINTS;

/** Whether only some hear of it: those that the plan names, which may be nobody. */
export function takesTargets(point: CrashPoint): boolean {
  return CRASH_POINTS[point].moment === "partial-release";
}

/**
 * The points that a node can come to. Replicas vote; in two-phase commit coordinators alone ask and decide, in
 * three-phase commit any node may lead.
 */
export function pointsOf(
  { coordinates, replicates }: { coordinates: boolean; replicates: boolean },
  protocols: readonly ProtocolName[] = ["2pc", "3pc"],
): CrashPoint[] {
  const three = protocols.includes("3pc");
  const leads = three || coordinates;
  const comes: Record<Trigger, boolean> = {
    prepare: leads,
    vote: replicates,
    precommit: three,
    "precommit-ack": three,
    decision: leads,
    ack: replicates && protocols.includes("2pc"),
    turn: true,
  };
  return (Object.keys(CRASH_POINTS) as CrashPoint[]).filter((point) => comes[CRASH_POINTS[point].on]);
}

/** What a turn must do to count: send a message of this kind, decide, or anything at all. */
type Trigger = "prepare" | "vote" | "precommit" | "precommit-ack" | "decision" | "ack" | "turn";

/** A crash to come. Without `at` it is immediate. */
export type CrashPlan = {
  at?: Point;
  /** For a point that takes them: who is told. Nobody else is, and without targets nobody at all. */
  targets?: NodeId[];
  /** Only for this transaction. */
  txn?: TxnId;
  /** The n-th time that the point is reached (default 1). */
  hit?: number;
  /** Whether the supervisor restarts the node (default true); otherwise it stays down until `restart`. */
  restart?: boolean;
};

/** The crash that one node is armed with, if any. */
export class FaultPlan implements Faults {
  #armed: (CrashPlan & { at: CrashPoint }) | undefined;
  #hits = 0;

  arm(plan: CrashPlan & { at: CrashPoint }): void {
    this.#armed = plan;
    this.#hits = 0;
  }

  strike(output: Output): Strike | undefined {
    const plan = this.#armed;
    if (!plan) return undefined;
    const { on, moment } = CRASH_POINTS[plan.at];
    if (!reaches(output, on, plan.txn)) return undefined;
    this.#hits += 1;
    if (this.#hits < (plan.hit ?? 1)) return undefined;
    const told = on === "decision" ? "decide" : on;
    return { moment, sends: ({ target, body }) => body.kind === told && plan.targets?.includes(target) === true };
  }
}

function reaches({ records, messages }: Output, on: Trigger, txn: TxnId | undefined): boolean {
  const meant = (subject: TxnId) => txn === undefined || subject === txn;
  const recorded = (wanted: (record: LogRecord) => boolean) =>
    records.some(({ record }) => wanted(record) && meant("txn" in record ? record.txn : ""));
  const sent = (wanted: (body: Message) => boolean) =>
    messages.some(({ body }) => wanted(body) && meant("txn" in body ? body.txn : ""));
  if (on === "turn") return recorded(() => true) || sent(() => true);
  return on === "decision" ? recorded((record) => decides(record, messages)) : sent(({ kind }) => kind === on);
}

/** In three-phase commit all record the same: who leads is who tells the others. */
function decides(record: LogRecord, messages: readonly Outgoing[]): boolean {
  if (record.kind !== "concluded") return record.kind === "decided";
  return (
    record.membership !== undefined && messages.some(({ body }) => body.kind === "decide" && body.txn === record.txn)
  );
}
