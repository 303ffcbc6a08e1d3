/** What the HTTP interface offers about files. */

import { createRoute, z } from "@hono/zod-openapi";
import {
  BAD,
  Committed,
  Digest,
  DOWN,
  Id,
  json,
  LARGE,
  LATE,
  Path,
  Problem,
  ReadQuery,
  Refused,
  Size,
  Staged,
  WRITTEN,
  WriteQuery,
} from "./openapi-parts.js";

const Tag = z.string().meta({ description: "The digest in quotes." });
const Octets = z.string().meta({ format: "binary" });
const BODY = { content: { "application/octet-stream": { schema: Octets } } };

const Stat = z
  .object({
    path: Path,
    size: Size,
    digest: Digest,
    version: Id,
    modifiedAt: z.int().meta({ description: "In milliseconds since 1970." }),
    type: z.string().optional().meta({ description: "Its content type." }),
  })
  .openapi("File");
const ListQuery = z
  .object({
    prefix: z.string().meta({ description: "Only files whose path begins with this." }),
    after: z.string().meta({ description: "Only files that come after this path." }),
    limit: z.int().min(1).max(10_000).meta({ description: "How many at most, default 100." }),
  })
  .partial();

const Conditions = z
  .object({
    "if-match": z.string().meta({ description: "Entity tags, one of which the file must have, or *." }),
    "if-none-match": z.string().meta({ description: "Entity tags that it must not have; * for no file at all." }),
  })
  .partial();
const Declared = z
  .object({
    "content-type": z.string().meta({ description: "Kept with the file." }),
    "content-digest": z.string().meta({ description: "`sha-256=:BASE64:`. Other bytes are refused." }),
  })
  .partial();
const Reading = z
  .object({
    range: z.string().meta({ description: "One range of bytes; several are answered as the whole file." }),
    "if-range": z.string(),
    "if-modified-since": z.string(),
  })
  .partial()
  .extend(Conditions.shape);

const CONDITION = { 412: json(Problem, "A precondition does not hold, before or at the commit.") };
const ABSENT = { 404: json(Problem, "No such file.") };
const SLOW = { 408: json(Problem, "The body came too slowly.") };
const FOUND = { content: { "application/octet-stream": { schema: Octets } } };
const Wrote = Committed.extend({ path: Path, size: Size, digest: Digest, etag: Tag });

/** Every question about files. */
export const FILE_ROUTES = {
  listFiles: createRoute({
    operationId: "listFiles",
    method: "get",
    path: "/v1/files",
    summary: "List files in the order of their paths, a page at a time",
    request: { query: ListQuery.extend(ReadQuery.partial().shape) },
    responses: {
      200: json(z.object({ files: z.array(Stat), next: ListQuery.optional() }), "A page, and what to ask for next."),
      ...BAD,
      ...DOWN,
      ...LATE,
    },
  }),
  readFile: createRoute({
    operationId: "readFile",
    method: "get",
    path: "/v1/files/{path}",
    summary: "Read a file, or one range of it; each part is compared with its digest before it is sent",
    request: { params: z.object({ path: Path }), query: ReadQuery.partial(), headers: Reading },
    responses: {
      200: { description: "Its bytes.", ...FOUND },
      206: { description: "The bytes of the range.", ...FOUND },
      304: { description: "The client has it already." },
      416: json(Problem, "The range begins behind the end."),
      ...ABSENT,
      ...CONDITION,
      ...BAD,
      ...DOWN,
      ...LATE,
    },
  }),
  writeFile: createRoute({
    operationId: "writeFile",
    method: "put",
    path: "/v1/files/{path}",
    summary: "Write a file as a whole, in a transaction of its own",
    request: {
      params: z.object({ path: Path }),
      query: WriteQuery,
      headers: Conditions.extend(Declared.shape),
      body: BODY,
    },
    responses: {
      ...WRITTEN,
      200: json(Wrote, "Durable on every replica."),
      201: json(Wrote, "The same, with `if-none-match: *`: it is new."),
      415: json(Problem, "With a content-encoding."),
      ...CONDITION,
      ...SLOW,
      ...BAD,
      ...LARGE,
      503: json(Refused, "Aborted: a node that must take part is down, or there is no room."),
    },
  }),
  deleteFile: createRoute({
    operationId: "deleteFile",
    method: "delete",
    path: "/v1/files/{path}",
    summary: "Delete a file, in a transaction of its own",
    request: { params: z.object({ path: Path }), query: WriteQuery, headers: Conditions },
    responses: { ...WRITTEN, ...ABSENT, ...CONDITION, ...BAD },
  }),
  stageContent: createRoute({
    operationId: "stageContent",
    method: "post",
    path: "/v1/contents",
    summary: "Upload bytes for a transaction to come; what is not used for ten minutes is dropped",
    request: { headers: Declared.omit({ "content-type": true }), body: BODY },
    responses: {
      201: json(Staged, "The `content` of an operation `writeFile`."),
      415: json(Problem, "With a content-encoding."),
      ...SLOW,
      ...BAD,
      ...LARGE,
      ...DOWN,
    },
  }),
  releaseContent: createRoute({
    operationId: "releaseContent",
    method: "delete",
    path: "/v1/contents/{id}",
    summary: "Let go of bytes that no transaction needs",
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json(z.object({ released: z.string() }), "They are gone, or were."), ...BAD },
  }),
};
