/** What the HTTP interface tells of how transactions come about, as a description for people and generators. */

import { createRoute, z } from "@hono/zod-openapi";
import { BAD, DOWN, IdPath, json, Key, Problem } from "./openapi-parts.js";

const Step = z.object({
  node: z.string(),
  epoch: z.int(),
  turn: z.int(),
  at: z.number().meta({ description: "Milliseconds since 1970." }),
  inputs: z.array(z.unknown()),
  records: z.array(z.object({ record: z.unknown(), forced: z.boolean() })),
  messages: z.array(z.object({ target: z.string(), body: z.unknown() })),
  flushed: z.boolean(),
});
const Life = z.object({
  node: z.string(),
  epoch: z.int().optional(),
  at: z.number(),
  state: z.string(),
  reason: z.string().optional(),
});
const Trace = z
  .object({
    txn: z.string(),
    source: z.enum(["journal", "logs"]).meta({ description: "`logs`: nobody looked on; no messages are known." }),
    nodes: z.array(z.string()),
    steps: z.array(Step),
    lives: z.array(Life),
  })
  .openapi("Trace");
const Summary = z
  .object({
    txn: z.string(),
    protocol: z.enum(["2pc", "3pc"]),
    coordinator: z.string().optional(),
    outcome: z.enum(["committed", "aborted", "undecided"]),
    why: z.unknown().optional(),
    keys: z.array(Key),
    files: z.array(z.string()).optional(),
    nodes: z.array(z.string()),
    startedAt: z.number(),
    tookMs: z.number().optional(),
    messages: z.int(),
    forcedWrites: z.int(),
  })
  .openapi("TraceSummary");
const Query = z
  .object({
    limit: z.int().min(0).max(5000).meta({ description: "How many at most, default 100." }),
    id: z.string().meta({ description: "A part of the id." }),
    key: z.string().meta({ description: "A part of the name of a key or file." }),
    node: z.string().meta({ description: "A node that took part." }),
    outcome: z.enum(["committed", "aborted", "undecided"]),
    reason: z.string().meta({ description: "A part of why it was aborted." }),
    olderThanMs: z.int(),
  })
  .partial();

export const TRACE_ROUTES = {
  traces: createRoute({
    operationId: "traces",
    method: "get",
    path: "/v1/traces",
    summary: "The latest transactions that were looked at, newest first",
    request: { query: Query },
    responses: { 200: json(z.object({ traces: z.array(Summary) }), "Those that meet all conditions."), ...BAD },
  }),
  trace: createRoute({
    operationId: "trace",
    method: "get",
    path: "/v1/traces/{id}",
    summary: "How a transaction came about: messages, records, crashes",
    request: { params: IdPath },
    responses: { 200: json(Trace, "What is known."), 404: json(Problem, "Nothing is known of it."), ...BAD, ...DOWN },
  }),
  live: createRoute({
    operationId: "live",
    method: "get",
    path: "/v1/live",
    summary:
      "What happens now, as server-sent events, each a list of steps, changes of nodes, and the share that is told",
    responses: {
      200: {
        description: "Events, until the client ends it.",
        content: { "text/event-stream": { schema: z.string() } },
      },
      ...BAD,
    },
  }),
};
