/** What has arrived at a node and waits for its next turn; it drops what belongs to an epoch that is over. */

import type { Envelope } from "../actors/message.js";
import type { Event } from "../actors/protocol.js";
import type { Address, NodeId } from "../actors/transaction.js";

/** Messages kept at most. Beyond it those of clients are dropped: they will ask again. */
const CAPACITY = 100_000;

export class Mailbox {
  #events: Event[] = [];
  readonly #epochs = new Map<Address, number>();
  readonly #nodes: ReadonlySet<Address>;

  /** `nodes` are the addresses whose messages are never dropped for lack of room. */
  constructor(nodes: Iterable<NodeId>) {
    this.#nodes = new Set(nodes);
  }

  /** False when the envelope was dropped. */
  push(envelope: Envelope): boolean {
    const { source, epoch, bodies } = envelope;
    if (epoch < (this.#epochs.get(source) ?? 0)) return false;
    this.#epochs.set(source, epoch);
    if (this.#events.length >= CAPACITY && !this.#nodes.has(source)) return false;
    for (const body of bodies) this.#events.push({ kind: "message", source, body });
    return true;
  }

  /** The failure detector's word goes through the mailbox too, so that a turn sees one order of events. */
  peer(node: NodeId, up: boolean): void {
    this.#events.push({ kind: "peer", node, up });
  }

  /** The oldest events, at most `limit`. */
  take(limit: number): Event[] {
    if (this.#events.length <= limit) {
      const all = this.#events;
      this.#events = [];
      return all;
    }
    return this.#events.splice(0, limit);
  }

  get size(): number {
    return this.#events.length;
  }
}
