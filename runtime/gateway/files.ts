/** Files over HTTP: requests become calls of a cluster, bodies stream through, and preconditions hold when a write commits. */

import type { HttpBindings } from "@hono/node-server";
import type { Cluster, Result, TransactOptions } from "../api.js";
import { AyesError } from "../errors.js";
import { sha256 } from "../files/content.js";
import { isStaged } from "../files/files.js";
import { checkPath } from "../files/path.js";
import { type Sent, send, stage } from "../files/stage.js";
import type { FileStat, ListFilesQuery, StagedContent } from "../files-api.js";
import { type Answer, answerToResult } from "./answers.js";
import { piecesOf } from "./body-stream.js";
import { numberOf, queryOf, type Request, subjectOf, WRITE_FIELDS, writeOptionsFrom } from "./intake.js";
import { type HttpApp, mount } from "./mounting.js";
import { FILE_ROUTES } from "./openapi-files.js";
import { pour } from "./pour.js";
import {
  checksFor,
  isBare,
  isConditional,
  notMet,
  type Preconditions,
  preconditionsIn,
  requireWritable,
  tagOf,
} from "./preconditions.js";
import { READ_FIELDS, readOptionsOf } from "./reads.js";
import { digestField, representationFor } from "./representation.js";
import { declaredIn } from "./upload-headers.js";

/** Bodies that may be streaming in at once: each takes up to 5 MiB of memory. */
const UPLOADS_MOST = 128;

/** `patienceMs`: how long a client may take for its next part. */
export function mountFiles(app: HttpApp, cluster: Cluster, patienceMs: number): void {
  const bodies = new Bodies(patienceMs);
  mount(app, FILE_ROUTES.listFiles, async (request) => {
    const query = queryOf(request, ["prefix", "after", "limit", ...READ_FIELDS]);
    const { prefix, after, limit } = query;
    const asked = { prefix, after, limit: limit === undefined ? undefined : numberOf(limit) } as ListFilesQuery;
    return { status: 200, body: await cluster.files.list(asked, readOptionsOf(query)) };
  });
  mount(app, FILE_ROUTES.readFile, (request) => read(request, cluster, patienceMs));
  mount(app, FILE_ROUTES.writeFile, (request) => write(request, cluster, bodies));
  mount(app, FILE_ROUTES.deleteFile, (request) => remove(request, cluster));
  mount(app, FILE_ROUTES.stageContent, async (request) => {
    queryOf(request, []);
    const { type: _type, ...declared } = declaredIn(request.env.incoming.headers);
    const staged = await bodies.take(request.env, (pieces) => stage(cluster.traffic, pieces, declared));
    return { status: 201, body: staged, headers: { location: `/v1/contents/${staged.staged}` } };
  });
  mount(app, FILE_ROUTES.releaseContent, async (request) => {
    queryOf(request, []);
    const id = subjectOf(request, "/v1/contents/");
    await cluster.traffic.dropUpload(id);
    return { status: 200, body: { released: id } };
  });
}

/** The bodies that are streaming in. */
class Bodies {
  readonly #patienceMs: number;
  #count = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  async take<T>(bindings: HttpBindings, work: (pieces: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    if (this.#count >= UPLOADS_MOST) throw new AyesError("overloaded", `${UPLOADS_MOST} uploads are under way`);
    this.#count += 1;
    try {
      return await work(piecesOf(bindings, this.#patienceMs));
    } finally {
      this.#count -= 1;
    }
  }
}

async function read(request: Request, cluster: Cluster, patienceMs: number): Promise<Response> {
  const path = pathIn(request);
  const options = readOptionsOf(queryOf(request, READ_FIELDS));
  const { headers } = request.env.incoming;
  if (request.req.method === "HEAD") {
    const { range: _range, ...others } = headers;
    const { status, headers: about } = representationFor(others, await cluster.files.stat(path, options));
    return new Response(null, { status, headers: about });
  }
  const file = await cluster.traffic.openFile(path, options);
  try {
    const representation = representationFor(headers, file);
    if (representation.status !== 304)
      return await pour(request.env, cluster.traffic, file, representation, patienceMs);
    return new Response(null, representation);
  } finally {
    await cluster.traffic.closeFile(file.id);
  }
}

async function write(request: Request, cluster: Cluster, bodies: Bodies): Promise<Answer> {
  const path = pathIn(request);
  const { headers } = request.env.incoming;
  const options = writeOptionsFrom(queryOf(request, WRITE_FIELDS));
  const { type, ...declared } = declaredIn(headers);
  const conditions = preconditionsIn(headers);
  const checks = await checksOf(cluster, conditions, path, options);
  const { traffic } = cluster;
  const sent = await bodies.take(request.env, (pieces) => send(traffic, pieces, declared));
  try {
    const operation = { op: "writeFile", path, content: sent, ...(type !== undefined && { type }) } as const;
    const result = await cluster.transact([operation], { ...options, checks });
    return answerToWrite(path, result, { sent, conditions });
  } finally {
    // What a transaction took is the nodes' now, and what it did not take nobody wants.
    if (isStaged(sent)) await traffic.dropUpload(sent.staged).catch(() => undefined);
  }
}

/** Whether it is there, the transaction finds out. */
async function remove(request: Request, cluster: Cluster): Promise<Answer> {
  const path = pathIn(request);
  const options = writeOptionsFrom(queryOf(request, WRITE_FIELDS));
  const conditions = preconditionsIn(request.env.incoming.headers);
  const checks = await checksOf(cluster, conditions, path, options);
  return answerToChange(path, await cluster.files.delete(path, { ...options, checks }), conditions);
}

function pathIn(request: Request): string {
  return checkPath(subjectOf(request, "/v1/files/"));
}

/**
 * What has to hold at the commit. What does not hold already is refused before the bytes come; except under an id of the
 * client's own, which may have committed before: then the same transaction gets the same answer.
 */
async function checksOf(
  cluster: Cluster,
  conditions: Preconditions,
  path: string,
  { id }: TransactOptions,
): Promise<ReturnType<typeof checksFor>> {
  if (!isConditional(conditions)) return [];
  if (isBare(conditions) && id !== undefined) return checksFor(conditions, path, undefined);
  const found = await statOf(cluster, path);
  requireWritable(conditions, path, found);
  return checksFor(conditions, path, found);
}

async function statOf(cluster: Cluster, path: string): Promise<FileStat | undefined> {
  try {
    return await cluster.files.stat(path);
  } catch (error) {
    if (error instanceof AyesError && error.code === "not-found") return undefined;
    throw error;
  }
}

type Written = { sent: Sent; conditions: Preconditions };

/** 201 where it is certain that there was no such file before: whoever only wrote does not know. */
function answerToWrite(path: string, result: Result, { sent, conditions }: Written): Answer {
  if (result.outcome !== "committed") return answerToChange(path, result, conditions);
  const { size, digest } = describeSent(sent);
  const etag = tagOf({ digest });
  const status = conditions.noneMatch === "*" ? 201 : 200;
  const headers = { etag, "repr-digest": digestField({ digest }), "x-ayes-version": encodeURIComponent(result.txn) };
  return { status, body: { ...result, path, size, digest, etag }, headers };
}

function answerToChange(path: string, result: Result, conditions: Preconditions): Answer {
  const isRefused = result.outcome === "aborted" && result.why.code === "check-failed" && result.why.file === path;
  if (isRefused && isConditional(conditions)) throw notMet(path, "the file changed before the write could commit");
  return answerToResult(result);
}

function describeSent(sent: Sent): Pick<StagedContent, "size" | "digest"> {
  return isStaged(sent) ? sent : { size: sent.length, digest: sha256(sent).toString("hex") };
}
