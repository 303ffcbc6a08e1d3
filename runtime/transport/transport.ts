/** A node's links to everybody else: envelopes go out, envelopes come in, and some are lost. */

import type { Envelope } from "../../actors/message.js";

/**
 * Delivers each envelope at most once and those of one link in order, or loses it: the protocols send again.
 * What was sent before a crash of the sender may arrive.
 */
export interface Transport {
  send(envelope: Envelope): void;
  close(): void;
}

export type Deliver = (envelope: Envelope) => void;
