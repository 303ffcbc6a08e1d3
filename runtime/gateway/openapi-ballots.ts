/** What the HTTP interface offers to people who vote. */

import { createRoute, z } from "@hono/zod-openapi";
import { BAD, Check, Id, json, Operation, Problem } from "./openapi-parts.js";

const NodeName = z.string().meta({ description: "A node whose validator is a person.", example: "n2" });
const Instant = z.int().meta({ description: "Milliseconds since 1970." });
const Ballot = z
  .object({
    txn: Id,
    node: NodeName,
    operations: z.array(Operation),
    checks: z.array(Check),
    askedAt: Instant,
    deadlineAt: Instant,
    leftMs: z.int().min(0).meta({ description: "Then it is a no, because nobody answered." }),
  })
  .openapi("Ballot");
const Cast = z
  .object({
    node: NodeName,
    txn: Id,
    vote: z.enum(["commit", "abort"]),
    reason: z.string().max(1000).optional().meta({ description: "Of an abort, for whoever proposed it." }),
  })
  .openapi("Cast");

export const BALLOT_ROUTES = {
  readBallots: createRoute({
    operationId: "readBallots",
    method: "get",
    path: "/v1/ballots",
    summary: "What waits for the vote of a person",
    request: { query: z.object({ node: NodeName }).partial() },
    responses: {
      200: json(z.object({ ballots: z.array(Ballot) }), "Oldest first."),
      404: json(Problem, "No such node that votes."),
      ...BAD,
    },
  }),
  castVote: createRoute({
    operationId: "castVote",
    method: "post",
    path: "/v1/ballots",
    summary: "Vote for the person of a node",
    request: { headers: z.object({ "x-ayes": z.literal("vote") }), body: json(Cast, "The vote.") },
    responses: {
      200: json(Cast, "What was said."),
      404: json(Problem, "No such node that votes."),
      409: json(Problem, "Nobody waits for it: too late, answered already, or unknown."),
      415: json(Problem, "Needs content-type: application/json."),
      ...BAD,
    },
  }),
};
