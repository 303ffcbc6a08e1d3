/** Load with a memory: many clients write at random, and every answer is kept to be compared with what is left. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ProtocolName } from "../../actors/transaction.js";
import type { Cluster, Operation, Result } from "../../runtime/api.js";
import { randomFrom } from "../../runtime/simulation/random.js";

/** What each transaction was told, in the order of the answers. */
export type History = Map<string, Result>;

export type LoadOptions = {
  /** Tells the ids of one load from those of another. */
  name: string;
  clients: number;
  /** Counters and contended keys: the fewer, the more conflicts. */
  keys: number;
  seed: number;
  /** The load ends by itself after so many transactions. Without, only when it is told to: nobody knows how long a crash takes. */
  most: number;
  protocol: ProtocolName;
};

export const DEFAULT_LOAD: LoadOptions = {
  name: "load",
  clients: 16,
  keys: 24,
  seed: 1,
  most: Number.POSITIVE_INFINITY,
  protocol: "2pc",
};
/** Who commits all the time leaves more than can be looked at; who is refused all the time slows down those that come back. */
const PAUSE_MS = { committed: 4, conflict: 0, refused: 50 };

/** A transaction leaves a receipt under its own id, adds 1 to a counter and takes a key that others want too. */
export function operationsOf(txn: string, counter: number, contended: number): Operation[] {
  return [
    { op: "put", key: receiptOf(txn), value: txn },
    { op: "add", key: `counter/${counter}`, delta: 1 },
    { op: "put", key: `contended/${contended}`, value: { writer: txn } },
  ];
}

export function receiptOf(txn: string): string {
  return `receipt/${txn}`;
}

export class Load {
  readonly history: History = new Map();
  committed = 0;
  readonly #cluster: Cluster;
  readonly #options: LoadOptions;
  readonly #random: () => number;
  readonly #clients: Promise<void>[];
  #begun = 0;
  #over = false;

  constructor(cluster: Cluster, options: Partial<LoadOptions> = {}) {
    this.#cluster = cluster;
    this.#options = { ...DEFAULT_LOAD, ...options };
    this.#random = randomFrom(this.#options.seed);
    this.#clients = Array.from({ length: this.#options.clients }, () => this.#client());
    // A failed client is reported by `finished`, also when that is called late.
    for (const client of this.#clients) client.catch(() => undefined);
  }

  /** Lets every transaction under way come to its end. */
  async stop(): Promise<History> {
    this.#over = true;
    await this.finished();
    return this.history;
  }

  /** Resolves when `most` transactions have been answered. */
  async finished(): Promise<void> {
    await Promise.all(this.#clients);
  }

  async #client(): Promise<void> {
    const { name, keys, most, protocol } = this.#options;
    while (!this.#over && this.#begun < most) {
      this.#begun += 1;
      const txn = `${name}-${this.#begun}`;
      const pick = () => Math.floor(this.#random() * keys);
      const result = await this.#cluster.transact(operationsOf(txn, pick(), pick()), { id: txn, protocol });
      this.history.set(txn, result);
      if (result.outcome === "committed") this.committed += 1;
      await sleep(PAUSE_MS[kindOf(result)]);
    }
  }
}

function kindOf(result: Result): keyof typeof PAUSE_MS {
  if (result.outcome === "committed") return "committed";
  return result.outcome === "aborted" && result.why.code === "conflict" ? "conflict" : "refused";
}
