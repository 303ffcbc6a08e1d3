/** One line per turn: what came in, what was recorded, what was sent. It costs nothing while nobody listens. */

import type { Message } from "../actors/message.js";
import type { Event, Outgoing } from "../actors/protocol.js";
import type { Append } from "../actors/record.js";
import type { Address, Effect, Key, Millis, NodeId } from "../actors/transaction.js";
import type { Validator } from "../actors/validator.js";
import type { Found } from "./recording/found.js";

/** A turn as it happened. The only format behind golden conversations, traces and diagrams. */
export type JournalLine = {
  node: NodeId;
  epoch: number;
  turn: number;
  at: Millis;
  inputs: readonly Event[];
  records: readonly Append[];
  /** Keys whose committed value changed. */
  keys: Key[];
  messages: { target: Address; body: Message }[];
  /** Whether the turn ended with a durable commit. */
  flushed: boolean;
  /** Where the journal is told as a whole. */
  whole?: Whole;
};

/** What has to be known beside the inputs to run a turn again, and to see that it wrote the same. */
export type Whole = {
  writes: readonly Effect[];
  /** What ruled its votes when it began. */
  validator: Validator;
  found: Found;
};

type Listener = { hear(line: JournalLine): void; whole: boolean };

export class Journal {
  #listeners: Listener[] = [];

  get listening(): boolean {
    return this.#listeners.length > 0;
  }

  /** Whether somebody wants what a turn is run again from, which costs more. */
  get whole(): boolean {
    return this.#listeners.some(({ whole }) => whole);
  }

  /** Hears every turn from now on, until the returned function is called; as a `whole` if that is wanted. */
  listen(hear: (line: JournalLine) => void, whole = false): () => void {
    const listener: Listener = { hear, whole };
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  write(line: JournalLine): void {
    for (const { hear } of this.#listeners) hear(line);
  }
}

/** Messages as they left in one turn. */
export function released(messages: readonly Outgoing[]): { target: Address; body: Message }[] {
  return messages.map(({ target, body }) => ({ target, body }));
}
