/** `ayes bench`: opens or joins a cluster, loads it, reports, and leaves nothing of its own behind. */

import { writeFileSync } from "node:fs";
import type { Cluster } from "../../runtime/api.js";
import { type Fleet, localFleet, workerFleet } from "../bench/fleet.js";
import { type Board, KEY_PREFIX, type Load, newBoard, preload, STOP } from "../bench/load.js";
import { showProgress } from "../bench/progress.js";
import { type Report, reportOf, reportText } from "../bench/report.js";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { reason } from "../session/values.js";
import { connect, open } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type BenchFlags = Flags & {
  clients: number;
  seconds: number;
  warmup: number;
  keys: number;
  reads: number;
  operations: number;
  functions?: boolean;
  valueBytes: number;
  preload?: boolean;
  history?: string;
  hosts?: "threads" | "processes";
  replicas?: number;
  protocol?: "2pc" | "3pc";
};

/** Runs a benchmark. Ctrl-C ends it early with what was measured so far. */
export async function bench(url: string | undefined, flags: BenchFlags): Promise<number> {
  const named = url ?? flags.url;
  const place = named === undefined ? undefined : placeOf(named);
  check(flags, place);
  if (flags.history !== undefined) claim(flags.history);
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const board = newBoard();
  let stopped = 0;
  const forget = onStopSignal((code) => {
    stopped = code;
    Atomics.store(board, STOP, 1);
  });
  const { hosts, replicas, protocol } = flags;
  const cluster = place
    ? await connect(place)
    : await open({ temporary: true, ...only({ hosts, replicas, protocol }) });
  const fleet = place ? workerFleet(place, flags.clients, flags.history) : localFleet(cluster, flags.history);
  try {
    const report = await measure(cluster, fleet, flags, board, printer);
    if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stdout.write(`${reportText(printer.view, report)}\n`);
  } finally {
    await fleet.close();
    await cluster.close();
    forget();
  }
  return stopped;
}

function check(flags: BenchFlags, place: string | undefined): void {
  if (place !== undefined && (flags.hosts ?? flags.replicas) !== undefined) {
    throw new Problem("--hosts and --replicas are for a cluster of its own; leave them out, or leave out the URL");
  }
  if (flags.preload && flags.history !== undefined) {
    throw new Problem("a history must show all writes: leave out --preload, or --history");
  }
  if (flags.operations > 1000) throw new Problem("a transaction takes at most 1000 operations");
  if (flags.operations > flags.keys) throw new Problem("a transaction cannot have more operations than there are keys");
}

/** Finds out before the load whether the history can be written. */
function claim(file: string): void {
  try {
    writeFileSync(file, "");
  } catch (error) {
    throw new Problem(`cannot write the file ${JSON.stringify(file)}: ${reason(error)}`);
  }
}

/** A history begins with nothing there: its keys are new. */
function prefixOf({ history }: BenchFlags): string {
  return history === undefined ? KEY_PREFIX : `${KEY_PREFIX}${Date.now().toString(36)}-${process.pid}/`;
}

async function measure(
  cluster: Cluster,
  fleet: Fleet,
  flags: BenchFlags,
  board: Board,
  printer: Printer,
): Promise<Report> {
  const { clients, keys, reads, operations, functions = false, valueBytes, protocol } = flags;
  const forMs = flags.seconds * 1000;
  const prefix = prefixOf(flags);
  const shape = { clients, keys, reads, operations, functions, valueBytes };
  const load: Load = { ...shape, forMs, prefix, ...only({ protocol }) };
  if (flags.preload) {
    printer.say(`writing ${keys} keys first`);
    await preload(cluster, load, board);
  }
  if (flags.warmup > 0) await fleet.run({ ...load, forMs: flags.warmup * 1000 }, board);
  const before = await cluster.status();
  const hide = showProgress(forMs, board);
  try {
    const tally = await fleet.run(load, board);
    return reportOf(load, tally, before, await cluster.status());
  } finally {
    hide();
  }
}

/** Without what is undefined: an option that was not given is not there. */
function only<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
