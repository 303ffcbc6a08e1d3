/** Who leads, as far as this process can know, and when it is this process. */

import type { MembershipStatus } from "../../actors/membership/survey.js";
import type { NodeId } from "../../actors/transaction.js";
import type { Word } from "../../runtime/transport/tcp.js";

export type LeadershipOptions = {
  self: NodeId;
  /** In the order in which they are elected. */
  nodes: readonly NodeId[];
  membership(): MembershipStatus | undefined;
};

/**
 * Among those that serve it is agreed who leads. While nobody does, after a total failure, the lowest of those that are
 * up speaks for the others: it cannot decide anything, but somebody has to hear the master. Whoever has spoken goes on to
 * listen until there is a real leader, since the master may know of no other.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #up = new Set<NodeId>();
  readonly #known: Promise<void>;
  #isKnown: () => void = () => undefined;
  #listener: () => void = () => undefined;
  /** The last one that was known. */
  #last: NodeId | undefined;
  #speaks = false;
  #began = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#known = new Promise((resolve) => {
      this.#isKnown = resolve;
    });
  }

  /** Who is up has been found out. */
  begin(): void {
    this.#began = true;
    this.look();
  }

  /** Resolves when there is a leader for the first time. */
  known(): Promise<void> {
    return this.#known;
  }

  onLead(listener: () => void): void {
    this.#listener = listener;
  }

  leader(): NodeId | undefined {
    return this.#speaks ? this.#options.self : this.#leads();
  }

  learn({ peer, up }: Word): void {
    if (up) this.#up.add(peer);
    else this.#up.delete(peer);
    // It may have led, and said so, while this process did not know.
    const { serves = false, waitingWith = [] } = this.#options.membership() ?? {};
    if (!up && !serves && !waitingWith.includes(peer)) this.#last = undefined;
  }

  /** Something may have changed. */
  look(): void {
    const { self, membership } = this.#options;
    const serves = membership()?.serves === true;
    if (serves) this.#speaks = false;
    const leader = this.#leads();
    if (leader === undefined) return;
    this.#isKnown();
    if (leader === this.#last) return;
    this.#last = leader;
    if (leader !== self) return;
    this.#speaks = !serves;
    this.#listener();
  }

  #leads(): NodeId | undefined {
    const { self, nodes, membership } = this.#options;
    const { serves = false, leader, waitingWith = [] } = membership() ?? {};
    if (serves) return leader;
    const others = [...this.#up];
    // Somebody of whom nothing is known yet may serve.
    if (!this.#began || !others.every((node) => waitingWith.includes(node))) return undefined;
    return nodes.find((node) => node === self || others.includes(node));
  }
}
