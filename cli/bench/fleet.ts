/** Where the clients of a benchmark run: in this process beside an embedded cluster, or in workers for a remote one. */

import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import type { Cluster } from "../../runtime/api.js";
import { type Board, count, drive, type Load, newTally, type Tally } from "./load.js";
import type { Share } from "./worker.js";

/** Runs a load to its end. */
export type Fleet = { run(load: Load, board: Board): Promise<Tally>; close(): Promise<void> };

export function localFleet(cluster: Cluster): Fleet {
  return { run: (load, board) => drive(cluster, load, board), close: async () => undefined };
}

/** One worker for each processor, with an even share of the clients. */
export function workerFleet(url: string, clients: number): Fleet {
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
  return {
    run: async (load, board) => {
      const shares = Array.from({ length: workers }, (_, index): Share => {
        const share = Math.floor((index + 1) * (clients / workers)) - Math.floor(index * (clients / workers));
        return { url, load: { ...load, clients: share }, board };
      });
      return merged(await Promise.all(shares.map((share): Promise<Tally> => pool.run(share))));
    },
    close: () => pool.destroy(),
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
