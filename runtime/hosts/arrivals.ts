/**
 * In which order a node takes in what waited for it while it stood still: its disk was slow, or others had the processor.
 *
 * Links and the failure detector are ways of their own, and what waits on several is found in no order that means
 * anything. Two things are about others, and are rightly taken only behind all that came before them: the word that a node
 * is down, since its last messages count; and the questions of those in doubt, since who is asked before it has voted gives
 * the transaction up (CT2), though the request for its vote may have waited beside the question.
 *
 * So a question may be overtaken by what its sender says next. No answer rests on that order: whoever is asked answers by
 * its own log, and whoever asks waits for the answer before it acts on it.
 */

import { setImmediate } from "node:timers/promises";
import type { Envelope, Message } from "../../actors/message.js";
import type { NodeId } from "../../actors/transaction.js";
import type { Loop } from "../loop.js";

const QUESTIONS: ReadonlySet<Message["kind"]> = new Set(["inquire", "consult", "state-request"]);

export class Arrivals {
  readonly #loop: Loop;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  receive(envelope: Envelope): void {
    if (envelope.bodies.some(({ kind }) => QUESTIONS.has(kind))) void this.#ask(envelope);
    else this.#loop.receive(envelope);
  }

  /** The failure detector's word. Resolves when it was taken in. */
  async peer(node: NodeId, up: boolean, epoch: number): Promise<void> {
    await everythingElse();
    this.#loop.peer(node, up, epoch);
  }

  async #ask(question: Envelope): Promise<void> {
    await everythingElse();
    this.#loop.receive(question);
  }
}

/** Node does what is put off in this way only when it has looked at every way on which something waits. */
function everythingElse(): Promise<void> {
  return setImmediate();
}
