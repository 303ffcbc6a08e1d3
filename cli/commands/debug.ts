/** `ayes debug`: the past of a cluster that does not run, from its durable logs or from a recording. */

import { resolve } from "node:path";
import { AyesError } from "../../runtime/errors.js";
import type { History, PastNode } from "../../runtime/past/past-api.js";
import type { TraceSummary } from "../../runtime/tracing-api.js";
import { Problem } from "../language/problem.js";
import { jsonLine } from "../output/json.js";
import { momentText, pastText } from "../output/past.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { historyOf, traceIn } from "../past/opening.js";
import { EXIT } from "../session/reply.js";
import { connect, servePast } from "./engine.js";
import { placeOf } from "./place.js";
import { stopSignal } from "./signals.js";

export type DebugFlags = {
  at?: number;
  step?: number;
  key?: string;
  limit: number;
  replica?: string;
  transactions?: boolean;
  outcome?: TraceSummary["outcome"];
  trace?: string;
  port?: number;
  json?: boolean;
  quiet?: boolean;
};

/** Shows one thing and ends, or serves the dashboard on it. 1 if a store is damaged: what is right is shown all the same. */
export async function debug(place: string, flags: DebugFlags): Promise<number> {
  if (flags.trace !== undefined && flags.port === undefined) return showTrace(place, flags.trace, flags);
  const history = await historyOf(place).catch((error: unknown) => named(error, place));
  if (flags.port === undefined) show(history, flags);
  else await serve(history, flags.port, flags);
  return codeOf(history.past.nodes);
}

async function showTrace(place: string, txn: string, flags: DebugFlags): Promise<number> {
  const { trace, nodes } = await traceIn(place, txn).catch((error: unknown) => named(error, place));
  new Printer(viewOf(process.stdout, flags, "ayes ")).show({ kind: "trace", trace });
  return codeOf(nodes);
}

function codeOf(nodes: readonly PastNode[]): number {
  return nodes.every(({ problems }) => problems.length === 0) ? EXIT.done : EXIT.refused;
}

function show(history: History, flags: DebugFlags): void {
  const view = viewOf(process.stdout, flags, "ayes ");
  const printer = new Printer(view);
  const { transactions, outcome, limit, at, step, key } = flags;
  if (transactions || outcome !== undefined) {
    const traces = history.transactions({ limit, ...(outcome !== undefined && { outcome }) });
    return printer.show({ kind: "traces", traces });
  }
  if (at === undefined && step === undefined && key === undefined) {
    process.stdout.write(`${view.json ? jsonLine(history.past) : pastText(view, history.past)}\n`);
    return;
  }
  const { steps } = history.past;
  const query = { step: step ?? (at === undefined ? steps : history.stepAt(at)), limit };
  const moment = history.at({ ...query, ...(key !== undefined && { prefix: key }), ...replicaIn(flags) });
  process.stdout.write(`${view.json ? jsonLine(moment) : momentText(view, moment, history.past)}\n`);
}

/** Until it is told to stop. */
async function serve(history: History, port: number, { json }: DebugFlags): Promise<void> {
  const stopping = stopSignal();
  const served = await servePast(history, port);
  process.stdout.write(json ? `${JSON.stringify({ ready: served.url })}\n` : `ready ${served.url}\n`);
  await stopping;
  await served.close();
}

function replicaIn({ replica }: DebugFlags): { replica?: string } {
  return replica === undefined ? {} : { replica };
}

/** Somebody has it open: if the cluster that is meant here has it, its URL is where to look. */
async function named(error: unknown, folder: string): Promise<never> {
  if (!(error instanceof AyesError) || error.code !== "in-use") throw error;
  const url = placeOf(undefined);
  const cluster = await connect(url).catch(() => undefined);
  const data = (await cluster?.status().catch(() => undefined))?.data;
  await cluster?.close();
  const where = data === resolve(folder) ? url : "the URL that it has printed";
  throw new Problem(`${error.message}; it runs, so look at it there: ${where}`);
}
