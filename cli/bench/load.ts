/** The load of a benchmark: many clients, each with one request under way, and what they saw. */

import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks";
import type { Cluster, Operation, Result, TransactOptions, Value } from "../../runtime/api.js";
import { asAyesError } from "../../runtime/errors.js";
import type { FunctionEnd } from "../../runtime/function-api.js";
import type { Micro, Request } from "../history/history.js";
import { BLANK, type Tape } from "./tape.js";

/** What each client does. Plain data: it also travels to workers. */
export type Load = {
  clients: number;
  forMs: number;
  keys: number;
  /** What the names of the keys begin with. */
  prefix: string;
  /** The share of reads, 0 to 1. */
  reads: number;
  operations: number;
  /** Whether each transaction is a function that reads its keys before it writes them. */
  functions: boolean;
  valueBytes: number;
  protocol?: "2pc" | "3pc";
};

/** What the clients of one process or worker saw. Latencies are in microseconds. */
export type Tally = {
  committed: number;
  reads: number;
  /** By code of the error table. */
  aborted: Record<string, number>;
  unknown: Record<string, number>;
  failedReads: Record<string, number>;
  transactionLatency: RecordableHistogram;
  readLatency: RecordableHistogram;
  tookMs: number;
};

/** Shared between all who drive and the one who watches: whether to stop, and how much was done so far. */
export type Board = Int32Array<SharedArrayBuffer>;
export const STOP = 0;
export const TRANSACTIONS = 1;
export const READS = 2;

export function newBoard(): Board {
  return new Int32Array(new SharedArrayBuffer(12));
}

export function newTally(): Tally {
  return {
    committed: 0,
    reads: 0,
    aborted: {},
    unknown: {},
    failedReads: {},
    transactionLatency: createHistogram(),
    readLatency: createHistogram(),
    tookMs: 0,
  };
}

/** A client that is refused at once must not spin. */
const AFTER_ERROR_MS = 20;
export const KEY_PREFIX = "bench/";

/** Runs all clients until the time is over or the board says stop. Each writes down on a tape of its own what it does. */
export async function drive(cluster: Cluster, load: Load, board: Board, newTape = () => BLANK): Promise<Tally> {
  const tally = newTally();
  const start = performance.now();
  const client = new Client(cluster, load, board, tally, start + load.forMs);
  await Promise.all(Array.from({ length: load.clients }, () => client.run(newTape())));
  tally.tookMs = performance.now() - start;
  return tally;
}

type End = Result | FunctionEnd<void>;
type Put = { op: "put"; key: string; value: string };

function requestOf(puts: readonly Put[], functions: boolean): Request {
  const [put] = puts;
  if (functions) return { f: "txn", value: stepsOf(puts, []) };
  if (put && puts.length === 1) return { f: "put", key: put.key, value: put.value };
  return { f: "txn", value: puts.map(({ key, value }) => ["w", key, value]) };
}

/** Reads of all keys, then a write to each. */
function stepsOf(puts: readonly Put[], read: readonly (Value | undefined)[]): Micro[] {
  const reads = puts.map(({ key }, index): Micro => ["r", key, read[index] ?? null]);
  return [...reads, ...puts.map(({ key, value }): Micro => ["w", key, value])];
}

class Client {
  readonly #cluster: Cluster;
  readonly #load: Load;
  readonly #board: Board;
  readonly #tally: Tally;
  readonly #endAt: number;
  readonly #value: string;
  readonly #options: Pick<TransactOptions, "protocol">;

  constructor(cluster: Cluster, load: Load, board: Board, tally: Tally, endAt: number) {
    this.#cluster = cluster;
    this.#load = load;
    this.#board = board;
    this.#tally = tally;
    this.#endAt = endAt;
    this.#value = sampleValue(load);
    this.#options = load.protocol ? { protocol: load.protocol } : {};
  }

  /** One client. Its state is all in its loop and on its tape, so that one object serves them all. */
  async run(tape: Tape): Promise<void> {
    const { reads } = this.#load;
    while (performance.now() < this.#endAt && this.#board[STOP] === 0) {
      if (reads > 0 && Math.random() < reads) await this.#read(tape);
      else await this.#write(tape);
    }
  }

  async #read(tape: Tape): Promise<void> {
    const key = this.#key();
    const start = performance.now();
    tape.invoke({ f: "get", key });
    try {
      const { value } = await this.#cluster.get(key);
      tape.ok(value);
      this.#tally.reads += 1;
      this.#tally.readLatency.record(sinceMicros(start));
      Atomics.add(this.#board, READS, 1);
    } catch (error) {
      tape.fail();
      count(this.#tally.failedReads, asAyesError(error).code);
      await pause(AFTER_ERROR_MS);
    }
  }

  async #write(tape: Tape): Promise<void> {
    const puts = this.#puts(tape);
    const start = performance.now();
    let steps: Micro[] | undefined;
    tape.invoke(requestOf(puts, this.#load.functions));
    try {
      const result = await this.#transaction(puts, (read) => {
        steps = stepsOf(puts, read);
      });
      tape.note(result.outcome, steps);
      this.#note(result, start);
      Atomics.add(this.#board, TRANSACTIONS, 1);
    } catch (error) {
      const { code, definite } = asAyesError(error);
      tape.note(definite ? "aborted" : "unknown");
      count(definite ? this.#tally.aborted : this.#tally.unknown, code);
      await pause(AFTER_ERROR_MS);
    }
  }

  #puts(tape: Tape): Put[] {
    const keys = new Set<string>();
    while (keys.size < this.#load.operations) keys.add(this.#key());
    return [...keys].map((key) => ({ op: "put", key, value: tape.valueFrom(this.#value) }));
  }

  /** `hear` is told what a function has read, at each attempt. */
  #transaction(puts: readonly Put[], hear: (read: (Value | undefined)[]) => void): Promise<End> {
    if (this.#load.functions) {
      return this.#cluster.transaction(async (t) => {
        const found = await t.read(puts.map(({ key }) => key));
        hear(found.map(({ value }) => value));
        for (const { key, value } of puts) t.put(key, value);
      }, this.#options);
    }
    const [put] = puts;
    if (put && puts.length === 1) return this.#cluster.put(put.key, put.value, this.#options);
    return this.#cluster.transact([...puts], this.#options);
  }

  /** Only commits are timed: an abort comes sooner, and would make a crowded cluster look fast. */
  #note(result: End, start: number): void {
    if (result.outcome === "committed") {
      this.#tally.committed += 1;
      this.#tally.transactionLatency.record(sinceMicros(start));
    } else count(result.outcome === "aborted" ? this.#tally.aborted : this.#tally.unknown, result.why.code);
  }

  #key(): string {
    return this.#load.prefix + Math.floor(Math.random() * this.#load.keys);
  }
}

const PRELOAD_BATCH = 200;

/** Writes every key once, many to a transaction. */
export async function preload(cluster: Cluster, load: Load, board: Board): Promise<void> {
  const value = sampleValue(load);
  let next = 0;
  const writer = async () => {
    while (next < load.keys && board[STOP] === 0) {
      const first = next;
      next = Math.min(load.keys, first + PRELOAD_BATCH);
      const puts = Array.from({ length: next - first }, (_, index): Operation => {
        return { op: "put", key: load.prefix + (first + index), value };
      });
      const result = await cluster.transact(puts);
      if (result.outcome !== "committed") throw asAyesError({ code: result.why.code, message: "preloading failed" });
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}

/** A JSON text of the wanted size: two of its bytes are quotes. */
function sampleValue({ valueBytes }: Load): string {
  return "v".repeat(Math.max(0, valueBytes - 2));
}

function sinceMicros(start: number): number {
  return Math.max(1, Math.round((performance.now() - start) * 1000));
}

/** Adds to a count by name. */
export function count(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
