/** Whether something that came over a stream is an envelope. What it says is checked by whoever takes it. */

import type { Envelope } from "../../actors/message.js";

export function isEnvelope(frame: unknown): frame is Envelope {
  const { source, target, epoch, seq, bodies } = (frame ?? {}) as Partial<Envelope>;
  return (
    typeof source === "string" &&
    typeof target === "string" &&
    typeof epoch === "number" &&
    typeof seq === "number" &&
    Array.isArray(bodies) &&
    bodies.every((body: unknown) => typeof (body as { kind?: unknown } | null)?.kind === "string")
  );
}
