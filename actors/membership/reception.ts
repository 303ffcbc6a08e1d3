/** What clients ask of a replica that does not serve yet, or is about to admit another one, waits here. */

import type { Ask, Begin, Follow, Read } from "../message.js";
import type { Outgoing } from "../protocol.js";
import type { Address, Millis, NodeId } from "../transaction.js";
import type { Membership } from "./membership.js";

export type Request = { source: Address; body: Begin | Ask | Read | Follow };
type Held = Request & { until: Millis };

/** Held at most; beyond that the oldest are dropped, and their clients hear nothing. */
const CAPACITY = 10_000;
/** How long a question waits that does not say. */
const PATIENCE_MS = 5000;

export class Reception {
  #held: Held[] = [];

  /** Whether it may go on now; otherwise it waits, or this is the answer. */
  pass(
    request: Request,
    membership: Membership,
    leader: NodeId | undefined,
    self: NodeId,
    now: Millis,
  ): boolean | Outgoing {
    const { source, body } = request;
    if (body.kind === "read" && body.consistency === "committed") return true;
    const isToWait = !membership.serves || (body.kind === "begin" && membership.isClosing);
    if (isToWait) {
      const deadlineMs = body.kind === "ask" ? PATIENCE_MS : body.deadlineMs;
      this.#held.push({ ...request, until: now + deadlineMs });
      if (this.#held.length > CAPACITY) this.#held.shift();
      return false;
    }
    if (body.kind !== "begin" || leader === self || leader === undefined) return true;
    const { request: number, txn } = body;
    const refused = { code: "not-leader" as const, node: leader, detail: `${leader} leads` };
    return { target: source, body: { kind: "outcome", request: number, txn, standing: { state: "unseen" }, refused } };
  }

  /** What waits no longer; what has waited too long is dropped. */
  release(membership: Membership, now: Millis): Request[] {
    this.#held = this.#held.filter(({ until }) => now < until);
    if (!membership.serves || membership.isClosing) return [];
    return this.#held.splice(0);
  }

  get size(): number {
    return this.#held.length;
  }
}
