/** What the HTTP interface offers, as a description that people and generators read at `/v1/openapi.json`. */

import { createRoute, z } from "@hono/zod-openapi";
import { POINTS, type Point } from "../faults.js";

export const Key = z.string().meta({ description: "1 to 1,024 bytes. Slashes may stand as they are.", example: "a" });
const Id = z.string().max(128).meta({ description: "The id of a transaction.", example: "01J9ZC3W7W8QK6Y2V6W1T0A5XN" });
export const Json = z.any().meta({ description: "Any JSON value of at most 1 MiB." });
const Bytes = z.string().meta({ description: "Instead of a value: bytes, in base64." });
export const Protocol = z.enum(["2pc", "3pc"]);
export const Deadline = z.int().min(1).max(600_000).meta({ description: "How long to wait, default 5000." });
const Ttl = z
  .int()
  .min(1)
  .meta({ description: "After how many milliseconds it is deleted, unless it is written again." });

const Why = z
  .object({
    code: z.string().meta({ description: "A stable code.", example: "conflict" }),
    node: z.string().optional(),
    key: z.string().optional(),
    constraint: z.string().optional().meta({ description: "What would not hold.", example: "min 0 on accounts/" }),
    winner: z.string().optional().meta({ description: "On a conflict, the transaction that holds the key." }),
    detail: z.string().optional(),
  })
  .openapi("Why");
export const Problem = z
  .object({ error: z.object({ code: z.string(), message: z.string(), next: z.string() }).catchall(z.string()) })
  .openapi("Problem");
const Committed = z.object({ outcome: z.literal("committed"), txn: Id }).openapi("Committed");
const Refused = z
  .object({ outcome: z.enum(["aborted", "unknown"]), txn: Id, why: Why, error: Problem.shape.error })
  .openapi("Refused");
const Read = z
  .object({
    key: Key,
    value: Json.optional(),
    bytes: Bytes.optional(),
    version: Id,
    replica: z.string(),
    read: z.enum(["linearizable", "committed"]),
    waited: z.boolean().meta({ description: "Whether it had to wait for an undecided write." }),
  })
  .openapi("Read");
const Outcome = z
  .object({
    outcome: z.enum(["committed", "aborted", "undecided", "expired"]),
    txn: Id,
    why: Why.optional(),
  })
  .openapi("Outcome");

const Operation = z
  .union([
    z.object({
      op: z.literal("put"),
      key: Key,
      value: Json.optional(),
      bytes: Bytes.optional(),
      ttlMs: Ttl.optional(),
    }),
    z.object({ op: z.literal("del"), key: Key }),
    z.object({ op: z.literal("add"), key: Key, delta: z.int() }),
  ])
  .openapi("Operation");
export const Check = z
  .union([
    z.object({ key: Key, is: z.enum(["exists", "absent"]) }),
    z.object({ key: Key, is: z.literal("equals"), value: Json.optional(), bytes: Bytes.optional() }),
    z.object({ key: Key, is: z.literal("version"), version: Id }),
    z.object({
      is: z.literal("rangeUnchanged"),
      range: z.object({ start: z.string().optional(), end: z.string().optional() }),
      version: z.string().meta({ description: "That of a page of a scan." }),
    }),
  ])
  .openapi("Check");
const Transaction = z
  .object({
    id: Id.optional(),
    protocol: Protocol.optional(),
    deadlineMs: Deadline.optional(),
    checks: z.array(Check).max(1000).optional(),
    operations: z.array(Operation).max(1000),
  })
  .openapi("Transaction");
const Status = z
  .object({ nodes: z.array(z.record(z.string(), z.any())), inDoubt: z.array(z.record(z.string(), z.any())) })
  .catchall(z.any())
  .openapi("Status");
const Plan = z
  .object({
    at: z.enum(Object.keys(POINTS) as [Point, ...Point[]]).optional(),
    targets: z.array(z.string()).optional(),
    txn: Id.optional(),
    hit: z.int().min(1).optional(),
    restart: z.boolean().optional(),
  })
  .openapi("CrashPlan");

const Keys = z.string().meta({ description: "A key in which each * stands for any text.", example: "accounts/*" });
const Rule = z
  .union([
    z.object({ rule: z.enum(["always", "no-next"]) }),
    z.object({ rule: z.literal("max-value-bytes"), bytes: z.int().min(0) }),
    z.object({ rule: z.enum(["create-only", "must-exist"]), keys: Keys.optional() }),
    z.object({ rule: z.literal("minimum"), keys: Keys, least: z.number() }),
  ])
  .openapi("Rule");
const Ruled = z
  .object({ node: z.string(), validator: z.object({ rule: z.string() }).catchall(z.any()) })
  .openapi("Ruled");

const Repaired = z
  .object({ node: z.string(), source: z.string(), keys: z.int(), logRecords: z.int(), kept: z.string().optional() })
  .openapi("Repaired");
const Verification = z
  .object({ whole: z.boolean(), nodes: z.array(z.record(z.string(), z.any())), differences: z.array(z.any()) })
  .openapi("Verification");

const KeyPath = z.object({ key: Key });
const IdPath = z.object({ id: Id });
const NodePath = z.object({ id: z.string().meta({ description: "The name of a node.", example: "n1" }) });
const WriteQuery = z.object({ id: Id, protocol: Protocol, deadlineMs: Deadline }).partial();
export const ReadQuery = z.object({
  read: z.enum(["linearizable", "committed"]),
  replica: z.string(),
  deadlineMs: Deadline,
});
const RepairHeaders = z.object({ "x-ayes": z.literal("repair") });
const VerifyHeaders = z.object({ "x-ayes": z.literal("verify") });
const ChaosHeaders = z.object({ "x-ayes": z.literal("chaos") });

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

export const BAD = { 400: json(Problem, "Bad input."), 403: json(Problem, "From another site.") };
export const LARGE = { 413: json(Problem, "Over a limit.") };
export const DOWN = { 503: json(Problem, "Unavailable.") };
export const LATE = { 504: json(Problem, "No answer in time.") };
export const WRITTEN = {
  200: json(Committed, "Durable on every replica."),
  409: json(Refused, "Aborted: nothing of it took effect."),
  503: json(Refused, "Aborted: a node that must take part is down, or the disk is full."),
  504: json(Refused, "Unknown: it may have committed. Ask by its id."),
};
const FAULT = {
  200: json(z.object({ node: z.string() }).catchall(z.any()), "Done."),
  404: json(Problem, "No such node, or started without --chaos."),
  415: json(Problem, "Needs content-type: application/json."),
};

/** Every request that is served, with what it takes and gives. */
export const ROUTES = {
  readKey: createRoute({
    operationId: "readKey",
    method: "get",
    path: "/v1/keys/{key}",
    summary: "Read a key",
    request: { params: KeyPath, query: ReadQuery.partial() },
    responses: { 200: json(Read, "Its value."), 404: json(Problem, "No such key."), ...BAD, ...DOWN, ...LATE },
  }),
  putKey: createRoute({
    operationId: "putKey",
    method: "put",
    path: "/v1/keys/{key}",
    summary: "Set a key, in a transaction of its own",
    request: {
      params: KeyPath,
      query: WriteQuery.extend({ ttlMs: Ttl.optional() }),
      body: { content: { "application/json": { schema: Json }, "application/octet-stream": { schema: z.any() } } },
    },
    responses: { ...WRITTEN, ...BAD, ...LARGE },
  }),
  deleteKey: createRoute({
    operationId: "deleteKey",
    method: "delete",
    path: "/v1/keys/{key}",
    summary: "Delete a key, in a transaction of its own",
    request: { params: KeyPath, query: WriteQuery },
    responses: { ...WRITTEN, ...BAD },
  }),
  transact: createRoute({
    operationId: "transact",
    method: "post",
    path: "/v1/transactions",
    summary: "Commit all operations or none",
    request: { body: json(Transaction, "Operations and what must hold for them.") },
    responses: { ...WRITTEN, ...BAD, ...LARGE },
  }),
  readOutcome: createRoute({
    operationId: "readOutcome",
    method: "get",
    path: "/v1/transactions/{id}",
    summary: "What became of a transaction",
    request: { params: IdPath },
    responses: { 200: json(Outcome, "What is known."), 404: json(Problem, "It never ran."), ...BAD, ...DOWN, ...LATE },
  }),
  readStatus: createRoute({
    operationId: "readStatus",
    method: "get",
    path: "/v1/status",
    summary: "Nodes, and transactions in doubt",
    responses: { 200: json(Status, "The cluster as it is."), ...DOWN },
  }),
  readValidator: createRoute({
    operationId: "readValidator",
    method: "get",
    path: "/v1/nodes/{id}/validator",
    summary: "What rules the votes of a node",
    request: { params: NodePath },
    responses: { 200: json(Ruled, "Its validator."), 404: json(Problem, "No such node that votes."), ...BAD },
  }),
  putValidator: createRoute({
    operationId: "putValidator",
    method: "put",
    path: "/v1/nodes/{id}/validator",
    summary: "Set what rules the votes of a node; it stays until it is changed",
    request: { params: NodePath, body: json(Rule, "The rule.") },
    responses: {
      200: json(Ruled, "The node votes by it."),
      404: json(Problem, "No such node that votes."),
      ...BAD,
      ...DOWN,
    },
  }),
  crash: createRoute({
    operationId: "crash",
    method: "post",
    path: "/v1/nodes/{id}/crash",
    summary: "Crash a node, at once or at a point of a transaction to come (chaos only)",
    request: { params: NodePath, headers: ChaosHeaders, body: json(Plan, "When. Nothing means at once.") },
    responses: { ...FAULT, ...BAD },
  }),
  restart: createRoute({
    operationId: "restart",
    method: "post",
    path: "/v1/nodes/{id}/restart",
    summary: "Start a node that is down, and wait until it serves (chaos only)",
    request: { params: NodePath, headers: ChaosHeaders, body: json(z.object({}), "Nothing.") },
    responses: { ...FAULT, ...BAD },
  }),
  repair: createRoute({
    operationId: "repair",
    method: "post",
    path: "/v1/nodes/{id}/repair",
    summary: "Give a damaged replica a new store, copied from a healthy one, and wait until it serves",
    request: {
      params: NodePath,
      headers: RepairHeaders,
      body: json(z.object({ force: z.boolean() }).partial(), "Whether to do it also when no row is damaged."),
    },
    responses: {
      200: json(Repaired, "What was copied, and where the old folder is kept."),
      404: json(Problem, "No such node."),
      415: json(Problem, "Needs content-type: application/json."),
      ...BAD,
      ...DOWN,
    },
  }),
  verify: createRoute({
    operationId: "verify",
    method: "post",
    path: "/v1/verify",
    summary: "Check every row of every node, and compare the replicas",
    request: { headers: VerifyHeaders, body: json(z.object({}), "Nothing.") },
    responses: {
      200: json(Verification, "What was found; `whole` says whether all is well."),
      415: json(Problem, "Needs content-type: application/json."),
      ...BAD,
    },
  }),
};
