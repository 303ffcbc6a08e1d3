/** What clients ask, on its way to the nodes: all of one turn of the event loop leaves as one envelope for each. */

import type { Message } from "../../actors/message.js";
import type { NodeId } from "../../actors/transaction.js";
import type { Transport } from "../transport/transport.js";

export type OutboxOptions = { address: string; epoch: number; transport: Transport };

export class Outbox {
  readonly #options: OutboxOptions;
  #batches = new Map<NodeId, Message[]>();
  #seq = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  post(node: NodeId, body: Message): void {
    if (this.#batches.size === 0) setImmediate(() => this.#flush());
    const batch = this.#batches.get(node);
    if (batch) batch.push(body);
    else this.#batches.set(node, [body]);
  }

  #flush(): void {
    const { address, epoch, transport } = this.#options;
    const batches = this.#batches;
    this.#batches = new Map();
    for (const [target, bodies] of batches) {
      this.#seq += 1;
      transport.send({ source: address, target, epoch, seq: this.#seq, bodies });
    }
  }
}
