/** An open transaction: what was collected since `begin`, on the client alone. */

import type { Check, Key, Operation, TransactOptions, Value } from "../../runtime/api.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import { Problem } from "../language/problem.js";
import type { TxnOptions } from "../language/statement.js";

/** Operations and checks to be sent together. A key that is written twice becomes one operation. */
export class Draft {
  readonly #options: TxnOptions;
  /** By their keys as JSON. */
  readonly #operations = new Map<string, Operation>();
  readonly #checks: Check[] = [];

  constructor(options: TxnOptions) {
    this.#options = options;
  }

  /** How many operations and checks would be sent. */
  get size(): number {
    return this.#operations.size + this.#checks.length;
  }

  get operations(): Operation[] {
    return [...this.#operations.values()];
  }

  get options(): TransactOptions {
    return { ...this.#options, ...(this.#checks.length > 0 && { checks: this.#checks }) };
  }

  /** Adds an operation. The cluster takes each key once, so a later one on the same key is folded into it. */
  write(operation: Operation): void {
    const name = JSON.stringify(operation.key);
    const earlier = this.#operations.get(name);
    this.#operations.set(name, earlier ? fold(earlier, operation) : operation);
  }

  require(check: Check): void {
    this.#checks.push(check);
  }

  /** What a read shows inside the transaction: the committed value with the pending write on top. */
  over(read: ReadResult): ReadResult & { pending?: true } {
    const operation = this.#operations.get(JSON.stringify(read.key));
    if (!operation) return read;
    return { ...read, value: result(operation, read.value), version: undefined, pending: true };
  }
}

function fold(earlier: Operation, later: Operation): Operation {
  if (later.op !== "add") return later;
  const { key } = later;
  if (earlier.op === "add") return { op: "add", key, delta: sum(key, earlier.delta, later.delta) };
  const base = earlier.op === "del" ? 0 : earlier.value;
  return { op: "put", key, value: sum(key, base, later.delta) };
}

function result(operation: Operation, committed: Value | undefined): Value | undefined {
  if (operation.op === "put") return operation.value;
  return operation.op === "del" ? undefined : sum(operation.key, committed ?? 0, operation.delta);
}

function sum(key: Key, base: Value, delta: number): number {
  if (typeof base !== "number")
    throw new Problem(`add needs a number, and ${JSON.stringify(key)} holds something else`);
  const total = base + delta;
  if (!Number.isSafeInteger(Math.trunc(total)))
    throw new Problem(`the sum of ${base} and ${delta} cannot be held exactly`);
  return total;
}
