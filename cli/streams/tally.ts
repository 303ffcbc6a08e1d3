/** What all clients came to: how many answers of each kind, and how long commits took. */

import { createHistogram } from "node:perf_hooks";
import { exitCode, type Reply } from "../session/reply.js";
import type { Ending } from "../session/transaction.js";
import type { Answer } from "./client.js";

/** The names are a promise to scripts. */
export type Summary = {
  clients: number;
  files: number;
  /** Answered, of all that the clients were to issue. */
  statements: number;
  of: number;
  committed: number;
  aborted: Record<string, number>;
  unknown: Record<string, number>;
  /** Statements that were refused, or could not be asked. */
  errors: Record<string, number>;
  reads: number;
  notFound: number;
  seconds: number;
  committedPerSecond: number;
  /** Of commits. */
  p50Ms: number;
  p99Ms: number;
};

export class Tally {
  readonly #latency = createHistogram();
  readonly #aborted: Record<string, number> = {};
  readonly #unknown: Record<string, number> = {};
  readonly #errors: Record<string, number> = {};
  #statements = 0;
  #committed = 0;
  #reads = 0;
  #notFound = 0;
  #worst = 0;

  get statements(): number {
    return this.#statements;
  }

  /** The exit code: the worst one of all answers. */
  get worst(): number {
    return this.#worst;
  }

  count({ reply, tookMs, text }: Answer): void {
    if (text !== undefined) this.#statements += 1;
    this.#worst = Math.max(this.#worst, exitCode(reply));
    if (reply.kind === "failed") add(this.#errors, "code" in reply.error ? reply.error.code : "invalid");
    if (reply.kind === "result") this.#countResult(reply.result, tookMs);
    for (const isFound of readIn(reply)) {
      if (isFound) this.#reads += 1;
      else this.#notFound += 1;
    }
  }

  #countResult(result: Ending, tookMs: number): void {
    if (result.outcome === "aborted") return add(this.#aborted, result.why.code);
    if (result.outcome === "unknown") return add(this.#unknown, result.why.code);
    // What only read had nothing to commit: it would flatter the latency.
    if (result.txn === undefined) return;
    this.#committed += 1;
    this.#latency.record(Math.max(1, Math.round(tookMs * 1000)));
  }

  summary(clients: number, files: number, of: number, tookMs: number): Summary {
    const seconds = Math.max(tookMs / 1000, 0.001);
    const latency = (percent: number) =>
      this.#committed === 0 ? 0 : round(this.#latency.percentile(percent) / 1000, 2);
    return {
      clients,
      files,
      statements: this.#statements,
      of,
      committed: this.#committed,
      aborted: this.#aborted,
      unknown: this.#unknown,
      errors: this.#errors,
      reads: this.#reads,
      notFound: this.#notFound,
      seconds: round(seconds, 2),
      committedPerSecond: round(this.#committed / seconds, 1),
      p50Ms: latency(50),
      p99Ms: latency(99),
    };
  }
}

/** Whether each key that was asked for exists. A scan is one read. */
function readIn(reply: Reply): boolean[] {
  if (reply.kind === "scan" || reply.kind === "file") return [true];
  const reads = reply.kind === "read" ? [reply.read] : reply.kind === "reads" ? reply.reads : [];
  return reads.map(({ value }) => value !== undefined);
}

function add(counts: Record<string, number>, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
