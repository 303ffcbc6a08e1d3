/**
 * Holds what a node would do next until somebody lets it: messages that have arrived, and a turn before its commit.
 *
 * What is held of one source goes in its order, as a link has it. What is not held passes by: other transactions, reads,
 * and the failure detector. A source that goes down takes along what is held of it, as a network would.
 */

import type { Envelope, Message } from "../../actors/message.js";
import type { Output } from "../../actors/protocol.js";
import type { Address, Millis, NodeId } from "../../actors/transaction.js";
import type { StepPlan } from "../stepping-api.js";

/** What is held, numbered in this life of the node. `after` is the number of what has to go first. */
export type HeldHere = { number: number; at: Millis; after?: number } & (
  | { kind: "message"; source: Address; body: Message }
  | { kind: "commit"; output: Output }
);

type HeldMessage = { number: number; at: Millis; envelope: Envelope };

/** Messages between nodes that a protocol is made of, and how a client begins one. */
const HELD: ReadonlySet<Message["kind"]> = new Set([
  ...(["begin", "prepare", "vote", "decide", "undecided", "ack", "inquire"] as const),
  ...(["precommit", "precommit-ack", "state-request", "state-report", "consult", "recovering"] as const),
]);

export class Gate {
  #plan: StepPlan | undefined;
  #messages: HeldMessage[] = [];
  #turn: { number: number; at: Millis; output: Output } | undefined;
  #number = 0;

  /** Whether anything is gone through by hand. */
  get closed(): boolean {
    return this.#plan !== undefined;
  }

  /** Whether a turn stands before its commit. */
  get detains(): boolean {
    return this.#turn !== undefined;
  }

  /** Follows another plan. Returns what is not held any more, in order. */
  follow(plan: StepPlan | undefined): Envelope[] {
    this.#plan = plan;
    if (this.#turn && !this.#isMeant(this.#turn.output)) this.#turn = undefined;
    const isFree = ({ envelope }: HeldMessage) => !envelope.bodies.some((body) => this.#holds(body));
    const free = this.#messages.filter(isFree);
    this.#messages = this.#messages.filter((held) => !isFree(held));
    return free.map(({ envelope }) => envelope);
  }

  /** Keeps what is to be held of an envelope, and gives back the rest. */
  keep(envelope: Envelope): Envelope {
    if (this.#plan === undefined) return envelope;
    const passing: Message[] = [];
    for (const body of envelope.bodies) {
      if (!this.#holds(body)) passing.push(body);
      else this.#messages.push({ number: this.#next(), at: Date.now(), envelope: { ...envelope, bodies: [body] } });
    }
    return { ...envelope, bodies: passing };
  }

  /** Whether a turn with this output has to stand before its commit. Then it does until it is let go. */
  detain(output: Output): boolean {
    if (this.#plan === undefined || !this.#isMeant(output)) return false;
    this.#turn = { number: this.#next(), at: Date.now(), output };
    return true;
  }

  /** A source is down. */
  lose(source: NodeId): void {
    this.#messages = this.#messages.filter(({ envelope }) => envelope.source !== source);
  }

  /** All that is held, oldest first. */
  held(): HeldHere[] {
    const firsts = new Map<Address, number>();
    const messages = this.#messages.map(({ number, at, envelope }): HeldHere => {
      const { source, bodies } = envelope;
      const after = this.#turn?.number ?? firsts.get(source);
      if (!firsts.has(source)) firsts.set(source, number);
      const body = bodies[0] as Message;
      return { number, at, kind: "message", source, body, ...(after !== undefined && { after }) };
    });
    return this.#turn ? [...messages, { kind: "commit", ...this.#turn }] : messages;
  }

  /** Lets one go: the message with this number, or, without one, the turn that stands. */
  let(number: number): Envelope | undefined {
    if (this.#turn?.number === number) this.#turn = undefined;
    const held = this.#messages.find((message) => message.number === number);
    this.#messages = this.#messages.filter((message) => message !== held);
    return held?.envelope;
  }

  #holds(body: Message): boolean {
    if (this.#plan === undefined || !HELD.has(body.kind)) return false;
    return this.#plan.txn === undefined || ("txn" in body && body.txn === this.#plan.txn);
  }

  /** Whether it would force something that is gone through by hand. */
  #isMeant({ records, writes }: Output): boolean {
    if (this.#plan === undefined) return false;
    const { txn } = this.#plan;
    const concerned = records.filter(({ record }) => txn === undefined || ("txn" in record && record.txn === txn));
    return concerned.some(({ forced }) => forced) || (concerned.length > 0 && writes.length > 0);
  }

  #next(): number {
    this.#number += 1;
    return this.#number;
  }
}
