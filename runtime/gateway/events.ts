/** Changes over HTTP: a stream of server-sent events, whose ids are positions, so that a client that reconnects goes on. */

import { streamSSE } from "hono/streaming";
import type { Cluster } from "../api.js";
import { asAyesError } from "../errors.js";
import type { WatchEvent, WatchOptions } from "../watching-api.js";
import { answerToError, valueBody } from "./answers.js";
import { queryOf, type Request } from "./intake.js";

/** Nothing happens for so long: a comment shows that the connection is alive. */
const HEARTBEAT_MS = 15_000;

/** A browser that reconnects says where it was; that is newer than what its address says. */
export function watchIn(request: Request): WatchOptions {
  const options = queryOf(request, ["prefix", "since", "replica"]);
  const last = request.req.header("last-event-id");
  return last ? { ...options, since: last } : options;
}

/** Bad input is an answer of its own. What goes wrong later is an event `error`, and the end. */
export async function eventsFrom(request: Request, cluster: Cluster, options: WatchOptions): Promise<Response> {
  const { events, position } = await cluster.changes({ ...options, deadlineMs: 1 });
  return streamSSE(request, async (stream) => {
    const watch = cluster.watch({ ...options, since: position });
    stream.onAbort(() => void watch.return());
    const heart = setInterval(() => void stream.write(": nothing new\n\n"), HEARTBEAT_MS).unref();
    const tell = (event: WatchEvent) => stream.writeSSE({ id: event.position, data: JSON.stringify(eventBody(event)) });
    try {
      for (const event of events) await tell(event);
      // From here a client goes on that hears of nothing before it is cut off.
      await stream.write(`id: ${position}\n\n`);
      for await (const event of watch) await tell(event);
    } catch (error) {
      await stream.writeSSE({ event: "error", data: JSON.stringify(answerToError(asAyesError(error)).body) });
    } finally {
      clearInterval(heart);
      await watch.return();
    }
  });
}

/** As JSON: bytes in base64, and what was deleted says so. */
export function eventBody({ changes, ...event }: WatchEvent): object {
  const shown = changes.map(({ key, value }) => ({
    key,
    ...(value === undefined ? { deleted: true } : valueBody(value)),
  }));
  return { ...event, changes: shown };
}
