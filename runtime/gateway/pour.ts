/** Bytes of a file as the body of an answer: as fast as the client takes them, whole or visibly cut off. */

import { pipeline } from "node:stream/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { readingOf } from "../files/reading.js";
import type { FileTraffic, OpenFile } from "../files-api.js";
import type { Representation } from "./representation.js";

/** A file that nobody reads from for a minute is closed; a slow client may take longer for what it was given last. */
const TOUCH_MS = 20_000;

/**
 * Answers, and closes the file whatever happens. What is damaged everywhere from its beginning on is still an answer of
 * its own: rejects. Later the connection is cut, so that nobody takes a part for the whole; likewise for a client that
 * takes nothing for `patienceMs`.
 */
export async function pour(
  { outgoing }: HttpBindings,
  traffic: FileTraffic,
  file: OpenFile,
  { status, headers, start, end }: Representation,
  patienceMs: number,
): Promise<Response> {
  const touch = setInterval(() => void traffic.readFile(file.id, file.size).catch(() => undefined), TOUCH_MS).unref();
  try {
    const reading = await readingOf(traffic, file, { start, end });
    const pieces = reading[Symbol.asyncIterator]();
    const first = await pieces.next();
    outgoing.writeHead(status, headers);
    outgoing.setTimeout(patienceMs);
    // Whoever is at fault, the connection is closed then, and there is nobody left to tell.
    await pipeline(startingWith(first, pieces), outgoing).catch(() => undefined);
  } finally {
    clearInterval(touch);
    await traffic.closeFile(file.id);
  }
  return RESPONSE_ALREADY_SENT;
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (!first.done) yield first.value;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
