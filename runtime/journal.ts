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

export class Journal {
  #listeners: ((line: JournalLine) => void)[] = [];

  get listening(): boolean {
    return this.#listeners.length > 0;
  }

  /** Hears every turn from now on, until the returned function is called. */
  listen(listener: (line: JournalLine) => void): () => void {
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  write(line: JournalLine): void {
    for (const listener of this.#listeners) listener(line);
  }
}

/** Messages as they left in one turn. */
export function released(messages: readonly Outgoing[]): { target: Address; body: Message }[] {
  return messages.map(({ target, body }) => ({ target, body }));
}
