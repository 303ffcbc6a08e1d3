/**
 * What has arrived at a node and waits for its next turn; it drops what belongs to an epoch that is over.
 *
 * Words of the failure detector and messages come by different ways. An `exact` mailbox gives them the order that is
 * true: messages of an incarnation come after the word that it is up, and none after the word that it is down.
 */

import type { Envelope } from "../actors/message.js";
import type { Event } from "../actors/protocol.js";
import type { Address, NodeId } from "../actors/transaction.js";

/** Messages kept at most. Beyond it those of clients are dropped: they will ask again. */
const CAPACITY = 100_000;

export class Mailbox {
  #events: Event[] = [];
  /** The newest incarnation of each source that was heard of. */
  readonly #epochs = new Map<Address, number>();
  readonly #nodes: ReadonlySet<Address>;
  readonly #self: NodeId;
  readonly #exact: boolean;
  /** Those nodes of which that incarnation is said to be up. */
  readonly #up = new Set<NodeId>();
  /** Envelopes that came before the word that their source is up. */
  #early: Envelope[] = [];

  /** `nodes` are the addresses whose messages are never dropped for lack of room; words are about all but `self`. */
  constructor(nodes: Iterable<NodeId>, self: NodeId, exact: boolean) {
    this.#nodes = new Set(nodes);
    this.#self = self;
    this.#exact = exact;
  }

  /** False when the envelope was dropped. */
  push(envelope: Envelope): boolean {
    const { source, epoch, bodies } = envelope;
    const known = this.#epochs.get(source) ?? 0;
    if (epoch < known) return false;
    if (this.#exact && this.#nodes.has(source) && source !== this.#self) {
      if (epoch > known) this.#early.push(envelope);
      if (epoch > known || !this.#up.has(source)) return false;
    }
    this.#epochs.set(source, epoch);
    if (this.#events.length >= CAPACITY && !this.#nodes.has(source)) return false;
    for (const body of bodies) this.#events.push({ kind: "message", source, body });
    return true;
  }

  /**
   * The failure detector's word goes through the mailbox too, so that a turn sees one order of events. One about an
   * incarnation that is over says nothing new; without an incarnation it is a mere suspicion, and passed on as it is.
   */
  peer(node: NodeId, up: boolean, epoch?: number): void {
    if (!this.#exact || epoch === undefined) this.#events.push({ kind: "peer", node, up, epoch: epoch ?? 0 });
    else if (epoch >= (this.#epochs.get(node) ?? 0)) this.#learn(node, up, epoch);
  }

  #learn(node: NodeId, up: boolean, epoch: number): void {
    const known = this.#epochs.get(node) ?? 0;
    if (epoch > known && this.#up.has(node)) this.#events.push({ kind: "peer", node, up: false, epoch: known });
    this.#epochs.set(node, epoch);
    this.#events.push({ kind: "peer", node, up, epoch });
    if (up) this.#up.add(node);
    else this.#up.delete(node);
    const early = this.#early.filter(({ source }) => source === node);
    this.#early = this.#early.filter(({ source, epoch: later }) => source !== node || later > epoch);
    for (const envelope of early) if (envelope.epoch === epoch) this.push(envelope);
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
