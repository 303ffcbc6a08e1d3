/** `ayes trace`: how a transaction came about, as text, JSON, or a picture in a file; or the latest ones. */

import { writeFile } from "node:fs/promises";
import type { TraceQuery } from "../../runtime/tracing-api.js";
import { diagramOf } from "../diagram/diagram.js";
import { svgOf } from "../diagram/svg.js";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { exitCode, failureOf, type Reply } from "../session/reply.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";

export type TraceFlags = Flags & Omit<TraceQuery, "olderThanMs"> & { svg?: string; olderThan?: number };

export async function trace(txn: string | undefined, flags: TraceFlags): Promise<number> {
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const reply = await replyTo(txn, flags).catch(
    (error: unknown): Reply => ({ kind: "failed", error: failureOf(error) }),
  );
  printer.show(reply);
  return exitCode(reply);
}

async function replyTo(txn: string | undefined, flags: TraceFlags): Promise<Reply> {
  const { svg, olderThan, url, json: _json, quiet: _quiet, ...query } = flags;
  if (txn !== undefined && Object.keys(query).length > 0) throw new Problem("a filter is for a list: leave the id out");
  if (txn === undefined && svg !== undefined) throw new Problem("--svg draws one transaction: name its id");
  const cluster = await connect(placeOf(url));
  try {
    if (txn === undefined) {
      const older = olderThan === undefined ? {} : { olderThanMs: olderThan * 1000 };
      return { kind: "traces", traces: await cluster.tracing.traces({ ...query, ...older }) };
    }
    const found = await cluster.tracing.trace(txn);
    if (svg === undefined) return { kind: "trace", trace: found };
    await write(svg, svgOf(diagramOf(found)));
    return { kind: "done", text: `drawn in ${svg}`, facts: { txn, svg } };
  } finally {
    await cluster.close();
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Problem(`cannot write ${file}: ${(error as Error).message}`);
  }
}
