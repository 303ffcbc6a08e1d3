/** What the HTTP interface offers about constraints. */

import { createRoute, z } from "@hono/zod-openapi";
import { VALUE_TYPES } from "../../actors/demand.js";
import { BAD, Deadline, DOWN, json, Key, KeyJson, LARGE, LATE, Problem, Protocol, WRITTEN } from "./openapi-parts.js";

const Prefix = z.string().meta({ description: "What keys begin with; nothing means every key.", example: "accounts/" });
const Schema = z.record(z.string(), z.any()).meta({ description: "A JSON Schema (2020-12) of at most 64 KiB." });
const Constraint = z
  .object({ prefix: z.union([Prefix, Key]) })
  .extend(
    z
      .object({
        min: z.number(),
        max: z.number(),
        type: z.enum(VALUE_TYPES),
        createOnly: z.literal(true),
        mustExist: z.literal(true),
        maxBytes: z.int().min(0),
        shape: Schema,
      })
      .partial().shape,
  )
  .openapi("Constraint");
const Constraints = z.object({ constraints: z.array(Constraint) });
const Kinds = z
  .string()
  .meta({ description: "Which kinds, with commas between them. Default: all.", example: "min,max" });
const Change = z.object({ protocol: Protocol, deadlineMs: Deadline }).partial();

export const CONSTRAINT_ROUTES = {
  readConstraints: createRoute({
    operationId: "readConstraints",
    method: "get",
    path: "/v1/constraints",
    summary: "What is demanded of keys, whoever writes them",
    responses: { 200: json(Constraints, "All constraints, by prefix."), ...DOWN, ...LATE },
  }),
  putConstraint: createRoute({
    operationId: "putConstraint",
    method: "put",
    path: "/v1/constraints",
    summary: "Demand something of all keys with a prefix; demands of other kinds stay as they are",
    request: { query: Change, body: json(Constraint, "Whose keys, and at least one demand.") },
    responses: { ...WRITTEN, ...BAD, ...LARGE },
  }),
  deleteConstraint: createRoute({
    operationId: "deleteConstraint",
    method: "delete",
    path: "/v1/constraints",
    summary: "Give up what is demanded of all keys with a prefix",
    request: {
      query: Change.extend({ prefix: Prefix.optional(), prefixJson: KeyJson.optional(), kinds: Kinds.optional() }),
    },
    responses: { ...WRITTEN, 404: json(Problem, "No such constraint."), ...BAD },
  }),
};
