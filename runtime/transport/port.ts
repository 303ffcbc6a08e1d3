/** Links between threads of one process: a `MessagePort` for each peer. */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Envelope } from "../../actors/message.js";
import type { Address } from "../../actors/transaction.js";
import type { Deliver, Transport } from "./transport.js";

export class PortTransport implements Transport {
  readonly #links = new Map<Address, MessagePort>();
  readonly #deliver: Deliver;

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  /** Takes the port to `peer`, in place of the one to its former incarnation. */
  link(peer: Address, port: MessagePort): void {
    this.#links.get(peer)?.close();
    this.#links.set(peer, port);
    port.on("message", this.#deliver);
  }

  /** Links a peer that does not run yet, and returns its end. */
  newLink(peer: Address): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.link(peer, port1);
    return port2;
  }

  send(envelope: Envelope): void {
    this.#links.get(envelope.target)?.postMessage(envelope);
  }

  close(): void {
    for (const port of this.#links.values()) port.close();
    this.#links.clear();
  }
}
