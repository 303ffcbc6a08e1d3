/** How transactions come about, over HTTP: the latest ones, one of them, and what happens now as a stream of events. */

import { streamSSE } from "hono/streaming";
import type { Cluster } from "../api.js";
import type { TraceEvent, TraceQuery } from "../tracing-api.js";
import { checkId } from "../validation.js";
import { numberOf, queryOf, type Request, subjectOf } from "./intake.js";
import { type HttpApp, mount } from "./mounting.js";
import { TRACE_ROUTES } from "./openapi-traces.js";

/** Several events a message: a page does not want to be woken for each. */
const BATCH_MS = 100;
/** A reader that is slower than what happens misses some of it rather than fill the memory. */
const BACKLOG_MOST = 20_000;
const FIELDS = ["limit", "olderThanMs", "id", "key", "node", "outcome", "reason"];
const HEARTBEAT_MS = 15_000;

export function mountTraces(app: HttpApp, cluster: Cluster): void {
  mount(app, TRACE_ROUTES.traces, async (request) => {
    return { status: 200, body: { traces: await cluster.tracing.traces(traceQueryOf(request)) } };
  });
  mount(app, TRACE_ROUTES.trace, async (request) => {
    queryOf(request, []);
    return { status: 200, body: await cluster.tracing.trace(checkId(subjectOf(request, "/v1/traces/"))) };
  });
  mount(app, TRACE_ROUTES.live, async (request) => {
    queryOf(request, []);
    return liveEvents(request, cluster);
  });
}

/** Which ones are meant. Whoever lists them checks it. */
export function traceQueryOf(request: Request): TraceQuery {
  const { limit, olderThanMs, ...texts } = queryOf(request, FIELDS);
  const query = {
    ...texts,
    ...(limit !== undefined && { limit: numberOf(limit) }),
    ...(olderThanMs !== undefined && { olderThanMs: numberOf(olderThanMs) }),
  };
  return query as TraceQuery;
}

/** Until the reader leaves. `missed` tells how many events were dropped because it was too slow. */
function liveEvents(request: Request, cluster: Cluster): Response {
  return streamSSE(request, async (stream) => {
    let events: TraceEvent[] = [];
    let missed = 0;
    const end = cluster.tracing.observe((event) => {
      if (events.length < BACKLOG_MOST) events.push(event);
      else missed += 1;
    });
    stream.onAbort(end);
    const heart = setInterval(() => void stream.write(": alive\n\n"), HEARTBEAT_MS).unref();
    while (!stream.aborted) {
      const [batch, lost] = [events, missed];
      [events, missed] = [[], 0];
      if (batch.length > 0) await stream.writeSSE({ data: JSON.stringify(batch) });
      if (lost > 0) await stream.writeSSE({ event: "missed", data: String(lost) });
      await stream.sleep(BATCH_MS);
    }
    clearInterval(heart);
    end();
  });
}
