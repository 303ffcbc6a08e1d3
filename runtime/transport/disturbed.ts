/** Links that are damaged on purpose: what is sent over them is lost or late. */

import type { Envelope } from "../../actors/message.js";
import type { Address, Millis } from "../../actors/transaction.js";
import type { Transport } from "./transport.js";

/** What happens to what is sent to a peer. */
export type LinkFault = { cut: boolean; delayMs: Millis };
/** For each peer whose link is damaged. */
export type LinkFaults = Readonly<Record<Address, LinkFault>>;

export class DisturbedTransport implements Transport {
  readonly #inner: Transport;
  #faults: LinkFaults | undefined;
  /** What is on its way, for each peer in order. */
  readonly #late = new Map<Address, Envelope[]>();

  constructor(inner: Transport, faults: LinkFaults = {}) {
    this.#inner = inner;
    this.disturb(faults);
  }

  /** From now on; what is late already stays so. */
  disturb(faults: LinkFaults): void {
    this.#faults = Object.keys(faults).length > 0 ? faults : undefined;
  }

  send(envelope: Envelope): void {
    const fault = this.#faults?.[envelope.target];
    const late = this.#late.get(envelope.target) ?? [];
    if (fault?.cut) return;
    if (!fault?.delayMs && late.length === 0) return this.#inner.send(envelope);
    late.push(envelope);
    this.#late.set(envelope.target, late);
    setTimeout(() => this.#arrive(late), fault?.delayMs ?? 0).unref();
  }

  close(): void {
    this.#late.clear();
    this.#inner.close();
  }

  /** Whichever timer it is: the first one that waits leaves first. */
  #arrive(late: Envelope[]): void {
    const envelope = late.shift();
    if (envelope && this.#late.get(envelope.target) === late) this.#inner.send(envelope);
  }
}
