/** The questions of a simulated client: one at a time, each with a number, and only so much patience for its answer. */

import type { Envelope, Message, OutcomeReport, Values } from "../../actors/message.js";
import type { Address, Millis, NodeId } from "../../actors/transaction.js";
import type { SimulatedCluster } from "./cluster.js";

type Reply = OutcomeReport | Values;

export type Asker = {
  address: Address;
  /** How long it waits before it asks again, or gives up. */
  patienceMs: Millis;
};

export class Questions {
  readonly #asker: Asker;
  readonly #cluster: SimulatedCluster;
  /** What it waits for: the number of the question, and what to do with its answer. */
  #waiting: { request: number; onAnswer(body: Reply): void } | undefined;
  #request = 0;

  /** `onStray` hears what comes too late. */
  constructor(asker: Asker, cluster: SimulatedCluster, onStray: (body: Reply) => void) {
    this.#asker = asker;
    this.#cluster = cluster;
    cluster.join(asker.address, ({ bodies }: Envelope) => {
      for (const body of bodies) if (body.kind === "outcome" || body.kind === "values") this.#receive(body, onStray);
    });
  }

  /** Whether it waits for an answer, or for the time to go on. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Waits for nothing. */
  rest(): void {
    this.#waiting = undefined;
  }

  pauseUntil(at: Millis, work: () => void): void {
    this.#cluster.agenda.add(at, work);
    this.#waiting = { request: 0, onAnswer: () => undefined };
  }

  ask<Body extends Reply>(
    node: NodeId,
    question: (request: number) => Message,
    onAnswer: (body: Body) => void,
    onLate: () => void,
  ): void {
    this.#request += 1;
    const request = this.#request;
    const waiting = { request, onAnswer: (body: Reply) => onAnswer(body as Body) };
    this.#waiting = waiting;
    const { address, patienceMs } = this.#asker;
    this.#cluster.network.send({ source: address, target: node, epoch: 1, seq: request, bodies: [question(request)] });
    this.#cluster.agenda.after(patienceMs, () => this.#waiting === waiting && onLate());
  }

  #receive(body: Reply, onStray: (body: Reply) => void): void {
    if (this.#waiting && this.#waiting.request === body.request) this.#waiting.onAnswer(body);
    else onStray(body);
  }
}
