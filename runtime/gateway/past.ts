/** The past over HTTP, for the dashboard: nothing here changes anything, and there is nothing but the past. */

import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import type { Status } from "../api.js";
import type { History, Past, PastValue } from "../past/past-api.js";
import { valueBody } from "./answers.js";
import { guardedApp } from "./app.js";
import { keysIn, numberOf, queryOf, type Request, subjectOf } from "./intake.js";
import { type HttpApp, mount, refuseOtherMethods, send } from "./mounting.js";
import { BAD, json, Problem } from "./openapi-parts.js";
import { TRACE_ROUTES } from "./openapi-traces.js";
import type { Pages } from "./pages.js";
import { traceQueryOf } from "./traces.js";

const HEARTBEAT_MS = 15_000;

const PAST_ROUTES = {
  past: createRoute({
    operationId: "past",
    method: "get",
    path: "/v1/past",
    summary: "How it ended: nodes, what is in doubt, locks, and how many steps there are before",
    responses: { 200: json(z.looseObject({ steps: z.int() }), "The past."), ...BAD },
  }),
  step: createRoute({
    operationId: "pastStep",
    method: "get",
    path: "/v1/past/step",
    summary: "How it was after so many commits, or turns of a recording",
    request: {
      query: z.object({
        step: z.int(),
        replica: z.string().optional(),
        prefix: z.string().optional(),
        from: z.string().optional(),
        limit: z.int().optional(),
      }),
    },
    responses: {
      200: json(z.looseObject({ step: z.int() }), "That moment."),
      404: json(Problem, "No such node."),
      ...BAD,
    },
  }),
};
/** What the page asks of every cluster. */
const STATUS_ROUTE = { path: "/v1/status", method: "get" } as const;

export function createPastHttp(history: History, pages: Pages | undefined): HttpApp {
  const app = guardedApp();
  const { past } = history;
  app.get(
    "/",
    (request) => pages?.index(request) ?? send(request, { status: 200, body: past, headers: { vary: "accept" } }),
  );
  pages?.mount(app);
  mount(app, PAST_ROUTES.past, async (request) => {
    queryOf(request, []);
    return { status: 200, body: past };
  });
  mount(app, PAST_ROUTES.step, async (request) => ({ status: 200, body: momentIn(request, history) }));
  mount(app, TRACE_ROUTES.traces, async (request) => {
    return { status: 200, body: { traces: history.transactions(traceQueryOf(request)) } };
  });
  mount(app, TRACE_ROUTES.trace, async (request) => {
    return { status: 200, body: history.trace(subjectOf(request, "/v1/traces/")) };
  });
  mount(app, TRACE_ROUTES.live, async (request) => silence(request));
  app.get(STATUS_ROUTE.path, (request) => send(request, { status: 200, body: statusOf(past) }));
  refuseOtherMethods(app, [...Object.values({ ...PAST_ROUTES, ...TRACE_ROUTES }), STATUS_ROUTE]);
  return app;
}

function momentIn(request: Request, history: History): object {
  const query = queryOf(request, ["step", "replica", "limit", "prefix", "prefixJson", "from", "fromJson"]);
  const { step = "", replica, limit } = query;
  const moment = history.at({
    step: numberOf(step) as number,
    ...keysIn(query, ["prefix", "from"]),
    ...(replica !== undefined && { replica }),
    ...(limit !== undefined && { limit: numberOf(limit) as number }),
  });
  return { ...moment, values: moment.values.map(valueShown) };
}

function valueShown(found: PastValue): object {
  if (found.state !== "present") return found;
  const { value, ...rest } = found;
  return { ...rest, ...valueBody(value) };
}

/** Nothing happens any more. */
function silence(request: Request): Response {
  return streamSSE(request, async (stream) => {
    while (!stream.aborted) {
      await stream.write(": alive\n\n");
      await stream.sleep(HEARTBEAT_MS);
    }
  });
}

function statusOf({ source, place, cluster, protocol, membership, nodes }: Past): Status {
  return {
    ...{ cluster, data: place, hosts: "processes", protocol, membership, chaos: false, over: source },
    nodes: nodes.map(({ id, role, epoch, problems }) => {
      const named = {
        id,
        role,
        host: "process" as const,
        pid: undefined,
        epoch,
        restarts: 0,
        state: "stopped" as const,
      };
      return { ...named, ...(problems.length > 0 && { reason: problems.join("; ") }) };
    }),
    inDoubt: [],
    lives: [],
    traffic: { committed: 0, aborted: {}, unknown: 0, spans: [] },
  };
}
