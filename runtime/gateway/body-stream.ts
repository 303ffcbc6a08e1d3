/** A body as a stream: piece by piece, as fast as somebody takes them, from a client that must not fall silent. */

import type { HttpBindings } from "@hono/node-server";
import { AyesError } from "../errors.js";
import { HttpError } from "./answers.js";

/** What a client has to send while it is waited for. */
const LEAST_BYTES = 64 * 1024;

/**
 * The pieces of a body. Whoever ends early, or fails, leaves the rest to be thrown away, so that the client gets to read
 * the answer. A client that sends less than 64 KiB in `patienceMs`, time of our own not counted, is given up with 408.
 */
export async function* piecesOf(bindings: HttpBindings, patienceMs: number): AsyncGenerator<Uint8Array> {
  const { incoming } = bindings;
  invite(bindings);
  const pieces = incoming.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  const next = () => pieces.next().catch(() => Promise.reject(cutOff()));
  let waited = 0;
  let received = 0;
  try {
    for (;;) {
      const began = performance.now();
      const { done, value } = await within(next(), patienceMs - waited, () => tooSlow(patienceMs));
      if (done) return;
      waited += performance.now() - began;
      received += value.length;
      if (received >= LEAST_BYTES) waited = received = 0;
      yield value;
    }
  } finally {
    // It may be waiting for a piece that never comes.
    void pieces.return?.().catch(() => undefined);
    incoming.resume();
  }
}

/** Tells a client that waits for it (`expect: 100-continue`) to send its body. */
export function invite({ incoming, outgoing }: HttpBindings): void {
  const waits = /\b100-continue\b/i.test(incoming.headers.expect ?? "");
  if (waits && incoming.httpVersion === "1.1") outgoing.writeContinue();
}

/** What becomes of a client that is too slow. */
export function tooSlow(patienceMs: number): AyesError {
  const detail = `the body came too slowly: after ${patienceMs} ms there was not enough of it`;
  return new HttpError(408, { code: "invalid", detail }, { connection: "close" });
}

/** What becomes of one whose connection ends too early, though nobody may be left to read it. */
export function cutOff(): AyesError {
  return new AyesError("invalid", "the connection ended within the body");
}

export function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.max(0, ms));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
