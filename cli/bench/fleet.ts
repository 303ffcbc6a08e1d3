/** Where the clients of a benchmark run: in this process beside an embedded cluster, or in workers for a remote one. */

import { existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import type { Cluster } from "../../runtime/api.js";
import { type Board, count, drive, type Load, newTally, type Tally } from "./load.js";
import { mergeHistories } from "./parts.js";
import { type Place, Tapes } from "./tape.js";
import type { Share } from "./worker.js";

/** Runs loads to their end. Once it is closed, the history is complete. */
export type Fleet = { run(load: Load, board: Board): Promise<Tally>; close(): Promise<void> };

/** `history`: the file for a history of all that the clients do. */
export function localFleet(cluster: Cluster, history: string | undefined): Fleet {
  const place = { origin: process.hrtime.bigint(), first: 0, step: 1 };
  const tapes = history === undefined ? undefined : new Tapes({ ...place, file: history });
  return {
    run: (load, board) => drive(cluster, load, board, tapes && (() => tapes.newTape())),
    close: async () => tapes?.close(),
  };
}

/** One worker for each processor, with an even share of the clients, and of the history. */
export function workerFleet(url: string, clients: number, history: string | undefined): Fleet {
  const workers = Math.min(clients, availableParallelism());
  const pool = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    name: "share",
    minThreads: workers,
    maxThreads: workers,
    // The default would stop a worker's event loop while it waits for its next task.
    atomics: "disabled",
    execArgv: [],
    env: withoutNodeOptions(),
  });
  const origin = process.hrtime.bigint();
  const parts: string[] = [];
  const newPart = (index: number): Place => {
    parts.push(`${history}.part-${parts.length}`);
    return { file: parts.at(-1) ?? "", origin, first: index, step: workers };
  };
  return {
    run: async (load, board) => {
      const shares = Array.from({ length: workers }, (_, index): Share => {
        const share = Math.floor((index + 1) * (clients / workers)) - Math.floor(index * (clients / workers));
        const own = { url, load: { ...load, clients: share }, board };
        return history === undefined ? own : { ...own, history: newPart(index) };
      });
      return merged(await Promise.all(shares.map((share): Promise<Tally> => pool.run(share))));
    },
    close: async () => {
      await pool.destroy();
      if (history === undefined) return;
      // A worker that could not connect has written none.
      const there = parts.filter((part) => existsSync(part));
      await mergeHistories(there, history);
      for (const part of there) rmSync(part);
    },
  };
}

/** Loaders of a test run or a debugger are not for load workers. */
function withoutNodeOptions(): Record<string, string> {
  const { NODE_OPTIONS: _options, ...rest } = process.env;
  return rest as Record<string, string>;
}

function merged(tallies: readonly Tally[]): Tally {
  const total = newTally();
  for (const tally of tallies) {
    total.committed += tally.committed;
    total.reads += tally.reads;
    total.tookMs = Math.max(total.tookMs, tally.tookMs);
    total.transactionLatency.add(tally.transactionLatency);
    total.readLatency.add(tally.readLatency);
    for (const part of ["aborted", "unknown", "failedReads"] as const) {
      for (const [code, times] of Object.entries(tally[part])) count(total[part], code, times);
    }
  }
  return total;
}
