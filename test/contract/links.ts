/** Envelopes and receivers for the tests of transports. */

import type { Envelope, Message } from "../../actors/message.js";

export function envelope(
  source: string,
  target: string,
  seq: number,
  bodies: Message[] = [ack(seq)],
  epoch = 1,
): Envelope {
  return { source, target, epoch, seq, bodies };
}

export function ack(number: number): Message {
  return { kind: "ack", txn: `t${number}` };
}

/** Keeps what was delivered. */
export class Inbox {
  readonly envelopes: Envelope[] = [];
  readonly deliver = (arrived: Envelope): void => {
    this.envelopes.push(arrived);
  };

  seqs(source: string): number[] {
    return this.envelopes.filter((arrived) => arrived.source === source).map(({ seq }) => seq);
  }
}
