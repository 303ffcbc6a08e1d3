/** A recording over HTTP: one entry a line, from now until the client has enough. */

import { createRoute, z } from "@hono/zod-openapi";
import { stream } from "hono/streaming";
import type { Cluster } from "../api.js";
import { type Entry, lineOf } from "../recording/entry.js";
import { requireFields } from "../validation.js";
import { type Request, readObject } from "./intake.js";
import { meant } from "./meant.js";
import { type HttpApp, mount } from "./mounting.js";
import { BAD, json, Problem } from "./openapi-parts.js";

const PAUSE_MS = 20;
/** An empty line, so that nobody takes the silence of an idle cluster for its end. */
const HEARTBEAT_MS = 15_000;
/** A reader that is slower than the cluster must not fill its memory. */
const BACKLOG_MOST = 256 * 1024 * 1024;

export const RECORDING_ROUTES = {
  record: createRoute({
    operationId: "record",
    method: "post",
    path: "/v1/recording",
    summary: "All that happens from now on, a line of JSON each; the header x-ayes: record says that it is meant",
    description: "Of each node first from what it goes on. It slows the cluster down. What comes is for `ayes replay`.",
    request: { body: { content: { "application/json": { schema: z.object({}) } } } },
    responses: {
      200: {
        description: "Lines, until the client ends it.",
        content: { "application/x-ndjson": { schema: z.any() } },
      },
      415: json(Problem, "No JSON."),
      ...BAD,
    },
  }),
};

export function mountRecording(app: HttpApp, cluster: Cluster): void {
  const record = meant("record", async (request) => {
    requireFields(await readObject(request), [], "the body");
    return linesOf(request, cluster);
  });
  mount(app, RECORDING_ROUTES.record, record);
}

function linesOf(request: Request, cluster: Cluster): Response {
  let lines: string[] = [];
  let size = 0;
  const take = (entry: Entry) => {
    const line = lineOf(entry);
    size += line.length;
    if (size <= BACKLOG_MOST) lines.push(line);
  };
  // What is refused is answered before anything is sent.
  const end = cluster.tracing.record(take);
  request.header("content-type", "application/x-ndjson");
  request.header("cache-control", "no-store");
  return stream(request, async (out) => {
    out.onAbort(end);
    let heardAt = Date.now();
    while (!out.aborted && size <= BACKLOG_MOST) {
      const batch = lines.join("");
      [lines, size] = [[], 0];
      const isLate = Date.now() - heardAt > HEARTBEAT_MS;
      if (batch || isLate) {
        await out.write(batch || "\n");
        heardAt = Date.now();
      }
      await out.sleep(PAUSE_MS);
    }
    end();
    const reason = "whoever records is slower than the cluster";
    if (!out.aborted) await out.write(lines.join("") + lineOf({ kind: "given-up", reason }));
  });
}
