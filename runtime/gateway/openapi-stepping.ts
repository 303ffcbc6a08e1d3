/** What the HTTP interface offers to whoever goes through the protocol by hand. */

import { createRoute, z } from "@hono/zod-openapi";
import { BAD, ChaosHeaders, Id, json, Problem } from "./openapi-parts.js";

const HeldId = z.int().min(1).meta({ description: "Counts what was held since the cluster was opened." });
const Held = z
  .object({
    id: HeldId,
    node: z.string().meta({ description: "Where it is held." }),
    kind: z.enum(["message", "commit"]).meta({
      description: "A message that has arrived, or a node that is about to make records durable.",
    }),
    txn: Id.optional(),
    says: z.string().meta({ description: "In one line.", example: "vote t1 yes" }),
    at: z.int().meta({ description: "Since when, in milliseconds since 1970." }),
    after: HeldId.optional().meta({ description: "What has to be released before it." }),
    source: z.string().optional().meta({ description: "Of a message." }),
    body: z.object({ kind: z.string() }).catchall(z.any()).optional(),
    records: z.array(z.record(z.string(), z.any())).optional(),
    keys: z.array(z.any()).optional(),
  })
  .openapi("Held");
const HeldList = z
  .object({
    stepping: z.object({ txn: Id }).partial().optional().meta({ description: "Absent when it is off." }),
    held: z.array(Held),
    more: z.int().min(0).meta({ description: "How many are held behind those that are listed." }),
  })
  .openapi("HeldList");
const Plan = z.object({ on: z.boolean(), txn: Id.optional().meta({ description: "Only this transaction." }) });
const Release = z.object({ release: z.union([HeldId, z.literal("next")]) });
const REFUSED = {
  404: json(Problem, "Started without --chaos."),
  415: json(Problem, "Needs content-type: application/json."),
  ...BAD,
};

export const STEP_ROUTES = {
  readHeld: createRoute({
    operationId: "readHeld",
    method: "get",
    path: "/v1/step",
    summary: "What stands still, in its order (chaos only)",
    responses: { 200: json(HeldList, "What is held."), ...REFUSED },
  }),
  step: createRoute({
    operationId: "step",
    method: "put",
    path: "/v1/step",
    summary: "Go through the protocol by hand, or no longer (chaos only)",
    request: { headers: ChaosHeaders, body: json(Plan, "Whether, and what.") },
    responses: { 200: json(HeldList, "What is held."), ...REFUSED },
  }),
  release: createRoute({
    operationId: "release",
    method: "post",
    path: "/v1/step",
    summary: "Let one go: a number, or the next that can go, if one comes within a second (chaos only)",
    request: { headers: ChaosHeaders, body: json(Release, "Which.") },
    responses: {
      200: json(HeldList.extend({ released: Held.nullable() }), "What was let go, and what is held now."),
      409: json(Problem, "It is not held, or something else has to go before."),
      ...REFUSED,
    },
  }),
};
