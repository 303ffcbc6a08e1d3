/** What a person sees of a run: a few lines that stay in place on a terminal, a line for each fault elsewhere. */

import type { WriteStream } from "node:tty";
import type { Board } from "./board.js";

const EVERY_MS = 250;
const RATE_OVER = 8;

/** Shows the board on a terminal until the returned function is called. */
export function showScreen(board: Board, seed: number, stream: WriteStream): () => void {
  const rates = new Rates();
  let drawn = 0;
  const wipe = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const timer = setInterval(() => {
    const lines = linesOf(board, seed, rates.of(board.tally));
    wipe();
    stream.write(lines.map((line) => `${line.slice(0, Math.max(20, stream.columns - 1))}\n`).join(""));
    drawn = lines.length;
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    wipe();
  };
}

function linesOf(board: Board, seed: number, rate: { transactions: number; reads: number }): string[] {
  const { tally, faults } = board;
  const left = Math.max(0, Math.round((board.endAt - performance.now()) / 1000));
  return [
    `torture   seed ${seed}, ${clock(left)} left`,
    `now       ${board.phase}`,
    `faults    ${counts(faults)}, slowest recovery ${(board.slowestRecoveryMs / 1000).toFixed(1)} s`,
    `traffic   ${rate.transactions} transactions/s, ${rate.reads} reads/s, ${board.inDoubt} in doubt`,
    `ended     ${tally.committed} committed; aborted: ${counts(tally.aborted)}; unknown: ${counts(tally.unknown)}`,
  ];
}

/** Numbers by name, in a few words. */
export function counts(numbers: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(numbers).map(([name, number]) => `${number} ${name}`);
  return parts.length > 0 ? parts.join(", ") : "none";
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Rates over the last two seconds. */
class Rates {
  readonly #seen: { at: number; committed: number; reads: number }[] = [];

  of({ committed, reads }: { committed: number; reads: number }): { transactions: number; reads: number } {
    this.#seen.push({ at: performance.now(), committed, reads });
    if (this.#seen.length > RATE_OVER) this.#seen.shift();
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    const seconds = first && last ? (last.at - first.at) / 1000 : 0;
    if (!first || !last || seconds === 0) return { transactions: 0, reads: 0 };
    return {
      transactions: Math.round((last.committed - first.committed) / seconds),
      reads: Math.round((last.reads - first.reads) / seconds),
    };
  }
}
