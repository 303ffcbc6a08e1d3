/** Many seeds at once: a piscina worker for each processor, and a bar that shows how far they are. */

import { availableParallelism } from "node:os";
import { Presets, SingleBar } from "cli-progress";
import { Piscina } from "piscina";
import { noTotals, type Seeds, type Totals } from "./worker.js";

export type Swarm = Seeds;

/** Small enough that the bar moves and that a stop comes soon. */
const SEEDS_AT_ONCE = 25;

/** Runs all seeds, or those that were done when `stopped` began to say so. */
export async function runSwarm({ first, count, ...kind }: Swarm, stopped: () => boolean): Promise<Totals> {
  const workers = Math.min(availableParallelism(), Math.ceil(count / SEEDS_AT_ONCE));
  const pool = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    name: "runSeeds",
    minThreads: workers,
    maxThreads: workers,
    // The default would stop a worker's event loop while it waits for its next task.
    atomics: "disabled",
    execArgv: [],
  });
  const totals = noTotals();
  const hide = showProgress(count, totals);
  let next = first;
  const work = async () => {
    while (next < first + count && !stopped()) {
      const share: Seeds = { first: next, count: Math.min(SEEDS_AT_ONCE, first + count - next), ...kind };
      next += share.count;
      add(totals, await pool.run(share));
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    hide();
    await pool.destroy();
  }
  totals.violations.sort((left, right) => left.seed - right.seed);
  return totals;
}

function add(totals: Totals, part: Totals): void {
  totals.runs += part.runs;
  totals.turns += part.turns;
  totals.transactions += part.transactions;
  totals.committed += part.committed;
  totals.settledMsMost = Math.max(totals.settledMsMost, part.settledMsMost);
  totals.violations.push(...part.violations);
}

function showProgress(count: number, totals: Totals): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const format = "{bar} {value}/{total} runs  {turns} turns  {violations} violations  {eta_formatted} left";
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  const now = () => ({ turns: totals.turns, violations: totals.violations.length });
  bar.start(count, 0, now());
  const timer = setInterval(() => bar.update(totals.runs, now()), 200);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}
