/** The control plane: calls on a node beside its mailbox, each of which ends at the latest when the node does. */

import type { MessagePort } from "node:worker_threads";
import { type Endpoint, expose, type Remote, transfer, wrap } from "comlink";
import type { InDoubt } from "../actors/doubt.js";
import type { Digest } from "../actors/file.js";
import type { ForcedOrder } from "../actors/forced.js";
import type { Held } from "../actors/locks.js";
import type { MembershipStatus } from "../actors/membership/survey.js";
import type { Force, Forget } from "../actors/message.js";
import type { LogRecord } from "../actors/record.js";
import type { Testimony } from "../actors/testimony.js";
import type { Address, Key, NodeId, TxnId } from "../actors/transaction.js";
import type { Rule, Validator } from "../actors/validator.js";
import type { NodeDetails } from "./api.js";
import { AyesError } from "./errors.js";
import type { CrashPlan, CrashPoint } from "./faults.js";
import type { LackPage, Standing } from "./files/custodian.js";
import type { HeldAtNode } from "./stepping/shown-held.js";
import type { StepPlan } from "./stepping-api.js";
import type { Tap } from "./tracing/tap.js";
import type { LinkFaults } from "./transport/disturbed.js";

/** What the supervisor can ask of a node. Never a part of a protocol. */
export interface NodeControl {
  inspect(): NodeReport;
  locks(): Held[];
  log(limit: number): LogRecord[];
  keys(prefix: string, limit: number): Promise<Key[]>;
  /** Contents that files need and this replica does not have, from a page on. */
  lacking(start?: Key): LackPage;
  /** Takes over what was staged instead of a content that it lacks or that is damaged; false when nothing needs it. */
  mend(digest: Digest): boolean;
  /** What there is to say of a content at this moment. */
  standing(digest: Digest): Standing;
  /** Whether no transaction is under way here, nor can begin, because that node is down. */
  restsWithout(node: NodeId): boolean;
  /** The failure detector's word about an incarnation of another node. Resolves when it was taken in. */
  peer(node: NodeId, up: boolean, epoch: number): Promise<void>;
  /** A direct link to a peer that has just started (threads only). */
  link(peer: Address, port: MessagePort): void;
  /** Rules its later votes. */
  validate(rule: Rule | Validator): void;
  /** Has what it sends over these links be lost or late, and over no others. */
  disturb(links: LinkFaults): void;
  arm(plan: CrashPlan & { at: CrashPoint }): void;
  /** Holds back what the plan means, or nothing any more. */
  step(plan: StepPlan | undefined): void;
  /** The first of what it holds back, and how many there are. */
  held(limit: number): { held: HeldAtNode[]; count: number };
  /** Lets go of what has this number. False when it is not held, or not the next. */
  release(number: number): boolean;
  /** Dies between two turns. */
  crash(): void;
  /** Makes durable what is pending, lets go of the store and ends. */
  stop(): void;
  /** Sends so much of the journal to the supervisor, or nothing any more. */
  listen(tap: Tap | undefined): void;
  doubts(): NodeDoubts;
  /** What its log proves of each of these transactions. */
  testify(txns: readonly TxnId[]): Testimony[];
  /** Carries out what a person ordered, if it can be, before it answers. */
  obey(order: Force | Forget): void;
  /** What the log still says of a transaction, oldest record first. */
  records(txn: TxnId): LogRecord[];
}

/** A question to a node. */
export type Asking<T> = (control: Remote<NodeControl>) => Promise<T>;
/** Something that is said to a node. */
export type Telling = (control: Remote<NodeControl>) => Promise<void>;

export type NodeReport = {
  details: NodeDetails;
  validator: Validator;
  inDoubt: InDoubt[];
  membership: MembershipStatus | undefined;
  forced: ForcedOrder[];
};

/** What a node says when somebody asks about doubt. */
export type NodeDoubts = { inDoubt: InDoubt[]; forced: ForcedOrder[]; waiters: [TxnId, number][] };

/** A two-way channel for plain data: a message port or the pipe to a process. */
export type ControlPort = {
  post(message: unknown, transferred?: readonly MessagePort[]): void;
  listen(listener: (message: unknown) => void): void;
};

/** Serves a node's control at its end of the channel. */
export function exposeControl(control: NodeControl, port: ControlPort): void {
  expose(control, endpoint(port));
}

/** Something to ask of a node. */
export type Call<T> = (control: Remote<NodeControl>) => Promise<T>;

/** The supervisor's end. */
export class RemoteControl {
  readonly #remote: Remote<NodeControl>;
  readonly #exited: Promise<never>;

  /** `exited` rejects when the node is gone: a call to a dead node would otherwise never settle. */
  constructor(port: ControlPort, exited: Promise<never>) {
    this.#remote = wrap<NodeControl>(endpoint(port));
    this.#exited = exited;
  }

  /** Rejects with `unavailable` when the node ends first or does not answer in time. */
  call<T>(work: Call<T>, deadlineMs = 2000): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new AyesError("unavailable", "the node does not answer");
      timer = setTimeout(() => reject(error), deadlineMs);
    });
    return Promise.race([work(this.#remote), this.#exited, late]).finally(() => clearTimeout(timer));
  }

  /** Hands a port over; it is of no use here any more. */
  link(peer: Address, port: MessagePort): Promise<void> {
    return this.call((control) => control.link(peer, transfer(port, [port as never])));
  }
}

/** Comlink wants the events of a browser. */
function endpoint(port: ControlPort): Endpoint {
  return {
    postMessage: (message: unknown, transferred?: unknown) => port.post(message, transferred as MessagePort[]),
    addEventListener: (_type: string, listener: unknown) => {
      port.listen((data) => (listener as (event: { data: unknown }) => void)({ data }));
    },
    removeEventListener: () => {
      // The channel ends with the node.
    },
  };
}
