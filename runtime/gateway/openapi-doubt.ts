/** What the HTTP interface offers about transactions in doubt. */

import { createRoute, z } from "@hono/zod-openapi";
import { BAD, Id, json, Key, Problem } from "./openapi-parts.js";

const NodeName = z.string().meta({ example: "n2" });
const Outcome = z.enum(["committed", "aborted"]);
const Forced = z
  .object({
    node: NodeName,
    outcome: Outcome,
    reason: z.string(),
    by: z.string(),
    at: z.number().meta({ description: "Milliseconds since 1970." }),
    real: Outcome.optional().meta({ description: "The real outcome, if it is another one: a heuristic mismatch." }),
  })
  .openapi("Forced");
const Doubt = z
  .object({
    txn: Id,
    protocol: z.enum(["2pc", "3pc"]),
    state: z.enum(["undecided", "forced", "mismatch"]),
    ageMs: z.int(),
    waitingFor: z.array(NodeName),
    keys: z.array(Key),
    files: z.array(z.string()).optional(),
    readers: z.record(z.string(), z.int()).meta({ description: "How many readers wait for it at each node." }),
    logs: z.array(z.object({ node: NodeName, isUp: z.boolean(), proves: z.string() })),
    forced: z.array(Forced),
    objections: z
      .object({ commit: z.string(), abort: z.string() })
      .partial()
      .meta({ description: "Why something cannot be forced; what is not named can be." }),
  })
  .openapi("Doubt");
const OrderBody = z
  .object({
    order: z.enum(["commit", "abort", "forget"]).meta({ description: "`forget`: somebody has seen the mismatch." }),
    reason: z.string().max(1000).optional().meta({ description: "Needed to force anything; it stays in the logs." }),
    nodes: z.array(NodeName).optional().meta({ description: "All that have promised it and are up, unless named." }),
    by: z.string().optional().meta({ description: "Who does it; the user of the server, unless named." }),
  })
  .openapi("Order");

export const DOUBT_ROUTES = {
  readDoubt: createRoute({
    operationId: "readDoubt",
    method: "get",
    path: "/v1/doubt",
    summary: "Transactions whose end is not known, and what people forced",
    responses: { 200: json(z.object({ doubts: z.array(Doubt) }), "Oldest first."), ...BAD },
  }),
  resolveDoubt: createRoute({
    operationId: "resolveDoubt",
    method: "post",
    path: "/v1/doubt/{id}",
    summary: "Force an outcome upon participants in doubt, or acknowledge a heuristic mismatch",
    request: {
      params: z.object({ id: Id }),
      headers: z.object({ "x-ayes": z.literal("doubt") }),
      body: json(OrderBody, "What to do."),
    },
    responses: {
      200: json(z.union([Doubt, z.object({ txn: Id, nodes: z.array(NodeName) })]), "What came of it."),
      404: json(Problem, "It is not in doubt."),
      409: json(Problem, "It could contradict a log that can be read."),
      415: json(Problem, "Needs content-type: application/json."),
      ...BAD,
    },
  }),
};
