/** A tour under way: a cluster of its own, one step after the other, and what was found after each. */

import type { Cluster, Operation, Result } from "../../runtime/api.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import type { Trace } from "../../runtime/tracing-api.js";
import type { Claim, Lab, LabStep, Stage } from "./lab.js";

/** A step that was taken. */
export type Taken = {
  say: string;
  found: { that: string; holds: boolean }[];
  lines: string[];
  trace?: Trace;
};

export type TourOptions = {
  open(options: OpenOptions): Promise<Cluster>;
  hosts?: "threads" | "processes" | undefined;
  /** How long a claim may take to become true. */
  patienceMs?: number;
};

const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;
/** Transactions of a tour may be held up for as long as somebody reads. */
const DEADLINE_MS = 300_000;

export class Tour {
  readonly lab: Lab;
  readonly taken: Taken[] = [];
  readonly #options: TourOptions;
  readonly #told = new Map<string, Result>();
  #lines: string[] = [];
  #cluster: Cluster | undefined;

  constructor(lab: Lab, options: TourOptions) {
    this.lab = lab;
    this.#options = options;
  }

  get isOver(): boolean {
    return this.taken.length === this.lab.steps.length || this.hasFailed;
  }

  /** Whether something that was claimed did not become true. */
  get hasFailed(): boolean {
    return this.taken.some(({ found }) => found.some(({ holds }) => !holds));
  }

  async start(): Promise<void> {
    const { cluster } = this.lab;
    if (!cluster) return;
    const { open, hosts = "threads" } = this.#options;
    this.#cluster = await open({ temporary: true, chaos: true, trace: true, hosts, ...cluster });
  }

  /** Takes the next step; undefined after the last one. */
  async next(): Promise<Taken | undefined> {
    const step = this.lab.steps[this.taken.length];
    if (!step || this.isOver) return undefined;
    this.#lines = [];
    await step.do(this.#stage);
    const found: Taken["found"] = [];
    for (const claim of step.expect) found.push({ that: claim.that, holds: await this.#becomesTrue(claim) });
    const taken = { say: step.say, found, lines: this.#lines, ...(await this.#pictureOf(step)) };
    this.taken.push(taken);
    return taken;
  }

  async close(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await cluster?.close();
  }

  async #becomesTrue({ holds }: Claim): Promise<boolean> {
    const endAt = performance.now() + (this.#options.patienceMs ?? PATIENCE_MS);
    for (;;) {
      // What cannot be asked yet is not true yet.
      if (await Promise.resolve(holds(this.#stage)).catch(() => false)) return true;
      if (performance.now() > endAt || (this.lab.cluster && !this.#cluster)) return false;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #pictureOf({ picture }: LabStep): Promise<{ trace?: Trace }> {
    if (picture === undefined || !this.#cluster) return {};
    const { tracing } = this.#cluster;
    const trace = await tracing.trace(picture).catch(() => undefined);
    return trace ? { trace } : {};
  }

  get #stage(): Stage {
    const current = this.#cluster;
    const told = this.#told;
    return {
      get cluster() {
        if (!current) throw new Error("this tour has no cluster, or is over");
        return current;
      },
      begin: (id, operations: readonly Operation[]) => {
        current?.transact(operations, { id, deadlineMs: DEADLINE_MS }).then(
          (result) => told.set(id, result),
          (error: Error) => void this.#lines.push(`${id}: ${error.message}`),
        );
      },
      told: (txn) => told.get(txn),
      show: (...lines) => void this.#lines.push(...lines),
    };
  }
}
