/** The node's side of stepping: what its gate lets go becomes turns, and its time stands still meanwhile. */

import type { Loop } from "../loop.js";
import type { StepPlan } from "../stepping-api.js";
import type { Gate } from "./gate.js";
import { type HeldAtNode, shownHeld } from "./shown-held.js";
import type { StandingClock } from "./standing-clock.js";

export class Stepper {
  readonly #loop: Loop;
  readonly #gate: Gate;
  readonly #clock: StandingClock;

  constructor(loop: Loop, gate: Gate, clock: StandingClock) {
    this.#loop = loop;
    this.#gate = gate;
    this.#clock = clock;
  }

  /** What is not held any more goes on in its order. */
  step(plan: StepPlan | undefined): void {
    this.#clock.stand(plan !== undefined);
    const free = this.#gate.follow(plan);
    if (!this.#gate.detains) this.#loop.advance();
    for (const envelope of free) this.#loop.admit(envelope);
    this.#loop.turn();
  }

  /** The first ones, and how many there are. */
  held(limit: number): { held: HeldAtNode[]; count: number } {
    this.#loop.turn();
    const all = this.#gate.held();
    return { held: all.slice(0, limit).map(shownHeld), count: all.length };
  }

  /** False when it is not held, or something else has to go first. */
  release(number: number): boolean {
    // What is not held and has arrived before goes first: the turn is about this message alone.
    this.#loop.turn();
    const wanted = this.#gate.held().find((held) => held.number === number);
    if (!wanted || wanted.after !== undefined) return false;
    const envelope = this.#gate.let(number);
    if (!envelope) this.#loop.advance();
    else {
      this.#loop.admit(envelope);
      this.#loop.turn();
    }
    return true;
  }
}
