/** A bar on stderr while a benchmark runs; nothing when stderr is not a terminal. */

import { Presets, SingleBar } from "cli-progress";
import { type Board, READS, TRANSACTIONS } from "./load.js";

const EVERY_MS = 200;

/** Shows progress until the returned function is called. */
export function showProgress(forMs: number, board: Board): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const bar = new SingleBar(
    {
      format: "{bar} {done}/{seconds} s  {transactions} transactions/s  {reads} reads/s",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const start = performance.now();
  bar.start(forMs, 0, { done: 0, seconds: Math.round(forMs / 1000), transactions: 0, reads: 0 });
  let last = [0, 0];
  const timer = setInterval(() => {
    const now = [Atomics.load(board, TRANSACTIONS), Atomics.load(board, READS)];
    const [transactions, reads] = now.map((value, index) =>
      Math.round((value - (last[index] ?? 0)) * (1000 / EVERY_MS)),
    );
    last = now;
    const passedMs = Math.min(forMs, performance.now() - start);
    bar.update(passedMs, { done: (passedMs / 1000).toFixed(1), transactions, reads });
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}
