/** The constraints of a cluster: read like data, and changed by transactions that the cluster begins itself. */

import { setTimeout as sleep } from "node:timers/promises";
import { CONSTRAINTS, constraintIn, constraintKey } from "../actors/constraint.js";
import type { Page } from "../actors/message.js";
import { afterKey, prefixRange } from "../actors/range.js";
import type { Check, ClientOperation, Entry, KeyRange } from "../actors/transaction.js";
import type { Key, Result } from "./api.js";
import type { ChangeOptions, Constraining, Constraint, ConstraintKind, ConstraintRules } from "./constraint-api.js";
import {
  type CheckedChange,
  checkChangeOptions,
  checkKinds,
  checkRequiredPrefix,
  checkRules,
  grouped,
  operationsFor,
} from "./constraint-rules.js";
import { AyesError } from "./errors.js";
import type { ReadQuestion } from "./gateway/gateway.js";
import type { ReadAnswer } from "./gateway/results.js";
import { checkPrefix } from "./keys.js";
import { type CheckedTransaction, DEFAULT_DEADLINE_MS } from "./validation.js";

const PAGE = 1000;
const QUESTION: ReadQuestion = {
  keys: [],
  consistency: "linearizable",
  replica: undefined,
  deadlineMs: DEFAULT_DEADLINE_MS,
};

/** What the cluster does for it. */
export type ConstraintsOptions = {
  ask(question: ReadQuestion): Promise<ReadAnswer>;
  /** Runs a transaction under a fresh id. */
  run(transaction: Omit<CheckedTransaction, "id">): Promise<Result>;
};

/** Between two tries of a change that lost a conflict, at first and at last. */
const FIRST_PAUSE_MS = 1;
const LAST_PAUSE_MS = 50;

export class Constraints implements Constraining {
  readonly #options: ConstraintsOptions;

  constructor(options: ConstraintsOptions) {
    this.#options = options;
  }

  async constraints(): Promise<Constraint[]> {
    const rows: Entry[] = [];
    for (let rest: KeyRange | undefined = prefixRange(CONSTRAINTS); rest; ) {
      const { pages } = await this.#options.ask({
        ...QUESTION,
        ranges: [{ range: rest, limit: PAGE, reverse: false }],
      });
      const [{ entries, more }] = pages as [Page];
      rows.push(...entries);
      const last = entries.at(-1);
      rest = more && last ? { ...rest, start: afterKey(last.key) } : undefined;
    }
    return grouped(rows.flatMap(({ key, stored }) => constraintIn({ key, value: stored.value }) ?? []));
  }

  async constrain(prefix: Key, rules: ConstraintRules, options?: ChangeOptions): Promise<Result> {
    const operations = operationsFor(checkRequiredPrefix(prefix), checkRules(rules));
    return this.#change(operations, [], checkChangeOptions(options));
  }

  async unconstrain(prefix: Key, kinds?: readonly ConstraintKind[], options?: ChangeOptions): Promise<Result> {
    const bound = checkRequiredPrefix(prefix);
    const wanted = kinds === undefined ? await this.#kindsOn(bound) : checkKinds(kinds);
    const asked = checkChangeOptions(options);
    if (wanted.length === 0) throw notFound(bound);
    const keys = wanted.map((kind) => constraintKey(kind, bound));
    const operations = keys.map((key): ClientOperation => ({ op: "del", key }));
    const checks = keys.map((key): Check => ({ key, is: "exists" }));
    const result = await this.#change(operations, checks, asked);
    if (result.outcome === "aborted" && result.why.code === "check-failed") throw notFound(bound);
    return result;
  }

  async #kindsOn(bound: string): Promise<ConstraintKind[]> {
    const found = (await this.constraints()).find(({ prefix }) => checkPrefix(prefix) === bound);
    const { prefix: _, ...rules } = found ?? { prefix: bound };
    return Object.keys(rules) as ConstraintKind[];
  }

  /** First arrival wins, and others write these keys all the time: it tries again until its time is over. */
  async #change(operations: ClientOperation[], checks: Check[], asked: CheckedChange): Promise<Result> {
    const end = Date.now() + asked.deadlineMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
      const deadlineMs = Math.max(1, end - Date.now());
      const result = await this.#options.run({ ...asked, deadlineMs, operations, checks });
      const isLost = result.outcome === "aborted" && result.why.code === "conflict";
      if (!isLost || Date.now() + pauseMs >= end) return result;
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}

function notFound(prefix: string): AyesError {
  const bound = prefix === "" ? "all keys" : `keys that begin with ${JSON.stringify(prefix)}`;
  return new AyesError("not-found", `no such constraint is on ${bound}`);
}
