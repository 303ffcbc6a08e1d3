/** What the HTTP interface offers to read beyond single keys, as a description for people and generators. */

import { createRoute, z } from "@hono/zod-openapi";
import {
  BAD,
  Bound,
  Check,
  DOWN,
  Json,
  json,
  Key,
  KeyJson,
  LARGE,
  LATE,
  Problem,
  Range,
  ReadQuery,
} from "./openapi-parts.js";

const BoundText = z.string().meta({ description: "As text; what comes after a key has no other form." });
const RangeVersion = z.string().meta({ description: "For the check `rangeUnchanged`.", example: "2.1u7z2zxe48o" });
const ScanText = z
  .object({
    prefix: z.string().meta({ description: "Instead of bounds." }),
    start: BoundText,
    end: BoundText,
    limit: z.int().min(1).max(10_000).meta({ description: "How many at most, default 100." }),
    reverse: z.boolean().meta({ description: "From the last one down." }),
  })
  .partial();
const BoundsJson = z.object({ prefixJson: KeyJson, startJson: KeyJson, endJson: KeyJson }).partial();
const Scan = ScanText.extend({
  prefix: Key.optional().meta({ description: "Instead of bounds: a text, or parts." }),
  start: Bound.optional(),
  end: Bound.optional(),
}).openapi("Scan");
const Entry = z
  .object({ key: Key, value: Json.optional(), bytes: z.string().optional(), version: z.string() })
  .openapi("Entry");
const READING = { replica: z.string(), read: z.enum(["linearizable", "committed"]), waited: z.boolean() };
const Page = z
  .object({
    entries: z.array(Entry),
    range: Range.meta({ description: "What these entries are all of." }),
    version: RangeVersion,
    next: ScanText.optional().meta({ description: "How to ask for the next page." }),
    ...READING,
  })
  .openapi("Page");
const Question = z
  .object({
    keys: z.array(Key).max(1000),
    scans: z.array(Scan).max(100),
    held: z.array(Check).max(1000).meta({ description: "What was read before and has to be true at the same moment." }),
  })
  .partial()
  .extend(ReadQuery.partial().shape)
  .openapi("Question");
const Snapshot = z
  .object({ entries: z.array(Entry.partial({ version: true })), pages: z.array(Page), ...READING })
  .openapi("Snapshot");

/** Every question about more than one key. */
export const READ_ROUTES = {
  scan: createRoute({
    operationId: "scan",
    method: "get",
    path: "/v1/scan",
    summary: "Read a range of keys in order, a page at a time, or as a stream with accept: application/x-ndjson",
    request: { query: ScanText.extend(ReadQuery.partial().shape).extend(BoundsJson.shape) },
    responses: { 200: json(Page, "A page as it was at one moment."), ...BAD, ...DOWN, ...LATE },
  }),
  snapshot: createRoute({
    operationId: "snapshot",
    method: "post",
    path: "/v1/snapshot",
    summary: "Read keys and ranges at one moment",
    request: { body: json(Question, "What to read. It changes nothing.") },
    responses: {
      200: json(Snapshot, "In the order of the question."),
      409: json(Problem, "What was held is not true any more."),
      ...BAD,
      ...LARGE,
      ...DOWN,
      ...LATE,
    },
  }),
  watch: createRoute({
    operationId: "watch",
    method: "get",
    path: "/v1/watch",
    summary: "Committed changes in order, as server-sent events; the id of each is its position",
    request: {
      query: z
        .object({
          prefix: z.string().meta({ description: "Only keys that start with this." }),
          since: z.string().meta({ description: "A position, or `begin`. Absent: from now on." }),
          replica: z.string(),
        })
        .partial(),
      headers: z.object({ "last-event-id": z.string().meta({ description: "Instead of since." }) }).partial(),
    },
    responses: {
      200: {
        description: "Events, until the client ends it.",
        content: { "text/event-stream": { schema: z.string() } },
      },
      410: json(Problem, "What comes next is not kept any more: read again, then watch from there."),
      ...BAD,
      ...DOWN,
    },
  }),
};
