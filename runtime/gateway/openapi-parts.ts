/** What the descriptions of requests and answers are made of. */

import { z } from "@hono/zod-openapi";
import { POINTS, type Point } from "../faults.js";

const KeyText = z.string().meta({ description: "1 to 1,024 bytes. Slashes may stand as they are.", example: "a" });
const KeyParts = z
  .array(z.union([z.string(), z.number(), z.boolean()]))
  .min(1)
  .max(32);
export const Key = z
  .union([KeyText, KeyParts])
  .meta({ description: "A text, or parts that are compared one by one.", example: ["accounts", 5] });
export const Bound = Key.meta({
  description: "Keys from `start` on, with it, and before `end`, in the order of bytes.",
});
export const Range = z.object({ start: Bound.optional(), end: Bound.optional() }).openapi("Range");
export const KeyJson = z
  .string()
  .meta({ description: "A key as JSON: an array, or a string.", example: '["accounts",5]' });
export const Id = z
  .string()
  .max(128)
  .meta({ description: "The id of a transaction.", example: "01J9ZC3W7W8QK6Y2V6W1T0A5XN" });
export const Json = z.any().meta({ description: "Any JSON value of at most 1 MiB." });
const Bytes = z.string().meta({ description: "Instead of a value: bytes, in base64." });
export const Protocol = z.enum(["2pc", "3pc"]);
export const Deadline = z.int().min(1).max(600_000).meta({ description: "How long to wait, default 5000." });
export const Ttl = z
  .int()
  .min(1)
  .meta({ description: "After how many milliseconds it is deleted, unless it is written again." });

const Why = z
  .object({
    code: z.string().meta({ description: "A stable code.", example: "conflict" }),
    node: z.string().optional(),
    key: Key.optional(),
    file: z.string().optional().meta({ description: "Instead of a key: the path of a file." }),
    range: Range.optional().meta({ description: "Where a key has come, gone or changed since it was read." }),
    constraint: z.string().optional().meta({ description: "What would not hold.", example: "min 0 on accounts/" }),
    winner: z.string().optional().meta({ description: "On a conflict, the transaction that holds the key." }),
    detail: z.string().optional(),
  })
  .openapi("Why");
export const Problem = z
  .object({ error: z.object({ code: z.string(), message: z.string(), next: z.string() }).catchall(z.any()) })
  .openapi("Problem");
export const Committed = z.object({ outcome: z.literal("committed"), txn: Id }).openapi("Committed");
export const Refused = z
  .object({ outcome: z.enum(["aborted", "unknown"]), txn: Id, why: Why, error: Problem.shape.error })
  .openapi("Refused");
export const Read = z
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
export const Outcome = z
  .object({
    outcome: z.enum(["committed", "aborted", "undecided", "expired"]),
    txn: Id,
    why: Why.optional(),
  })
  .openapi("Outcome");

export const Path = z.string().meta({
  description: "A relative path of at most 1,024 bytes, its parts divided by slashes. No part is empty, `.` or `..`.",
  example: "invoices/7.pdf",
});
export const Size = z.int().min(0).meta({ description: "In bytes." });
export const Digest = z.string().meta({ description: "SHA-256 in hexadecimal." });
export const Staged = z.object({ staged: z.string(), size: Size, digest: Digest }).openapi("Staged");

export const Operation = z
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
    z.object({
      op: z.literal("writeFile"),
      path: Path,
      content: z.union([z.string(), Staged]).optional().meta({ description: "A text, or what was staged." }),
      bytes: z.string().optional().meta({ description: "Instead of a content: at most 64 KiB, in base64." }),
      type: z.string().optional().meta({ description: "Its content type." }),
      modifiedAt: z.int().optional().meta({ description: "Instead of now: milliseconds since 1970." }),
    }),
    z.object({ op: z.literal("copyFile"), path: Path, source: Path }),
    z.object({ op: z.literal("deleteFile"), path: Path }),
  ])
  .openapi("Operation");
export const Check = z
  .union([
    z.object({ key: Key, is: z.enum(["exists", "absent"]) }),
    z.object({ key: Key, is: z.literal("equals"), value: Json.optional(), bytes: Bytes.optional() }),
    z.object({ key: Key, is: z.literal("version"), version: Id }),
    z.object({ path: Path, is: z.enum(["exists", "absent"]) }),
    z.object({ path: Path, is: z.literal("version"), version: Id }),
    z.object({
      is: z.literal("rangeUnchanged"),
      range: Range,
      version: z.string().meta({ description: "That of a page of a scan." }),
    }),
  ])
  .openapi("Check");
export const Transaction = z
  .object({
    id: Id.optional(),
    protocol: Protocol.optional(),
    deadlineMs: Deadline.optional(),
    checks: z.array(Check).max(1000).optional(),
    operations: z.array(Operation).max(20_000).meta({ description: "At most 1,000 on keys." }),
  })
  .openapi("Transaction");
export const Status = z
  .object({ nodes: z.array(z.record(z.string(), z.any())), inDoubt: z.array(z.record(z.string(), z.any())) })
  .catchall(z.any())
  .openapi("Status");
export const Plan = z
  .object({
    at: z.enum(Object.keys(POINTS) as [Point, ...Point[]]).optional(),
    targets: z.array(z.string()).optional(),
    txn: Id.optional(),
    hit: z.int().min(1).optional(),
    restart: z.boolean().optional(),
  })
  .openapi("CrashPlan");

export const Damage = z
  .object({
    between: z
      .array(z.string())
      .length(2)
      .meta({ description: "Two nodes.", example: ["c1", "n1"] }),
    cut: z.boolean().optional(),
    delayMs: z.int().min(0).max(60_000).optional(),
  })
  .openapi("Damage");
export const Anything = z.record(z.string(), z.any());
export const Locks = z.object({ locks: z.array(Anything) }).openapi("Locks");
export const Log = z.object({ node: z.string(), records: z.array(Anything) }).openapi("Log");

export const Keys = z
  .string()
  .meta({ description: "A key in which each * stands for any text.", example: "accounts/*" });
export const Rule = z
  .union([
    z.object({ rule: z.enum(["always", "no-next", "person"]) }),
    z.object({ rule: z.literal("max-value-bytes"), bytes: z.int().min(0) }),
    z.object({ rule: z.enum(["create-only", "must-exist"]), keys: Keys.optional() }),
    z.object({ rule: z.literal("minimum"), keys: Keys, least: z.number() }),
  ])
  .openapi("Rule");
export const Ruled = z
  .object({ node: z.string(), validator: z.object({ rule: z.string() }).catchall(z.any()) })
  .openapi("Ruled");

export const Repaired = z
  .object({
    node: z.string(),
    source: z.string().optional(),
    keys: z.int(),
    logRecords: z.int(),
    contents: z.int(),
    lost: z.array(z.string()).optional(),
    kept: z.string().optional(),
  })
  .openapi("Repaired");
export const Verification = z
  .object({ whole: z.boolean(), nodes: z.array(z.record(z.string(), z.any())), differences: z.array(z.any()) })
  .openapi("Verification");

export const KeyPath = z.object({ key: KeyText });
export const KeyQuery = z.object({ key: KeyJson });
export const IdPath = z.object({ id: Id });
export const NodePath = z.object({ id: z.string().meta({ description: "The name of a node.", example: "n1" }) });
export const WriteQuery = z.object({ id: Id, protocol: Protocol, deadlineMs: Deadline }).partial();
export const ReadQuery = z.object({
  read: z.enum(["linearizable", "committed"]),
  replica: z.string(),
  deadlineMs: Deadline,
});
export const RepairHeaders = z.object({ "x-ayes": z.literal("repair") });
export const VerifyHeaders = z.object({ "x-ayes": z.literal("verify") });
export const ChaosHeaders = z.object({ "x-ayes": z.literal("chaos") });

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

export const BAD = { 400: json(Problem, "Bad input."), 403: json(Problem, "From another site.") };
export const LARGE = { 413: json(Problem, "Over a limit.") };
export const DOWN = { 503: json(Problem, "Unavailable.") };
export const LATE = { 504: json(Problem, "No answer in time.") };
export const FOUND = { 200: json(Read, "Its value."), 404: json(Problem, "No such key."), ...BAD, ...DOWN, ...LATE };
export const VALUE = {
  content: { "application/json": { schema: Json }, "application/octet-stream": { schema: z.any() } },
};
export const WRITTEN = {
  200: json(Committed, "Durable on every replica."),
  409: json(Refused, "Aborted: nothing of it took effect."),
  503: json(Refused, "Aborted: a node that must take part is down, or the disk is full."),
  504: json(Refused, "Unknown: it may have committed. Ask by its id."),
};
export const FAULT = {
  200: json(z.object({ node: z.string() }).catchall(z.any()), "Done."),
  404: json(Problem, "No such node, or started without --chaos."),
  415: json(Problem, "Needs content-type: application/json."),
};
