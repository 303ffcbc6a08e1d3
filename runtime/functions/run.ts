/** Runs a transaction function until it commits, fails for good, or has had its attempts and its time. */

import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Operation, Result, TransactOptions } from "../api.js";
import { AyesError, type Why } from "../errors.js";
import { Stagings } from "../files/transaction-files.js";
import type { FileTraffic } from "../files-api.js";
import { FolderDrafts } from "../folders/drafts.js";
import { FolderService, type Send } from "../folders/folder-service.js";
import { FolderStagings } from "../folders/staging.js";
import type { Folders } from "../folders-api.js";
import type { FunctionEnd, FunctionOptions, FunctionResult, TransactionFunction } from "../function-api.js";
import { describe } from "../json-shape.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { checkNode } from "../requests.js";
import { checkDeadline, checkProtocol, requireFields, requireObject } from "../validation.js";
import { Attempt } from "./attempt.js";
import { mayPass } from "./passing.js";
import { pauseMs } from "./pause.js";
import { NOTHING, type Wanted } from "./reads.js";

/** What it needs of a cluster. */
export type Ground = {
  readonly traffic: FileTraffic;
  /** They take part in transactions of the program that has them. */
  readonly folders?: Folders;
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  transact(operations: readonly Operation[], options?: TransactOptions): Promise<Result>;
};

type Settings = Omit<FunctionOptions, "maxAttempts" | "deadlineMs"> & { maxAttempts: number; deadlineMs: number };

const FIELDS = ["protocol", "maxAttempts", "deadlineMs", "replica"];
const DEFAULT_ATTEMPTS = 100;
const MOST_ATTEMPTS = 10_000;
const DEFAULT_MS = 10_000;

/** Whoever is inside of a function. What it does with the cluster itself is no part of its transaction. */
const inside = new AsyncLocalStorage<true>();

export async function runFunction<T>(
  ground: Ground,
  work: TransactionFunction<T>,
  options?: FunctionOptions,
): Promise<FunctionResult<T>> {
  if (typeof work !== "function") throw new AyesError("invalid", `a function is needed, not ${describe(work)}`);
  if (inside.getStore()) {
    throw new AyesError("invalid", "a transaction function must not begin another one: what it does belongs to `t`");
  }
  const settings = checkFunctionOptions(options);
  const until = performance.now() + settings.deadlineMs;
  const stagings = new Stagings(async () => ground.traffic);
  const participants = participantsOf(ground);
  const folderStagings = new FolderStagings();
  let expected = NOTHING;
  try {
    for (let attempts = 1; ; attempts += 1) {
      const run = new Run(ground, stagings, new FolderDrafts(participants, folderStagings), settings, until, expected);
      const ended = await run.go(work);
      expected = run.reads;
      const isLast = attempts >= settings.maxAttempts || !run.mayPass(ended);
      const pause = pauseMs(attempts);
      if (isLast || performance.now() + pause >= until) return { ...ended, attempts };
      await sleep(pause);
    }
  } finally {
    await stagings.release();
    await participants?.release(folderStagings);
  }
}

class Run {
  readonly #ground: Ground;
  readonly #settings: Settings;
  readonly #until: number;
  readonly #attempt: Attempt;
  readonly #folders: FolderDrafts;

  constructor(
    ground: Ground,
    stagings: Stagings,
    folders: FolderDrafts,
    settings: Settings,
    until: number,
    expected: Wanted,
  ) {
    this.#ground = ground;
    this.#folders = folders;
    this.#settings = settings;
    this.#until = until;
    const look = (query: SnapshotQuery, replica: string | undefined) => {
      return ground.snapshot(query, { deadlineMs: this.#restMs(), ...(replica !== undefined && { replica }) });
    };
    this.#attempt = new Attempt(look, stagings, folders, settings.replica, expected);
  }

  /** What the function has read. */
  get reads(): Wanted {
    return this.#attempt.reads;
  }

  /** One attempt. Rejects with what the function throws, unless that comes from an attempt that had failed. */
  async go<T>(work: TransactionFunction<T>): Promise<FunctionEnd<T>> {
    const attempt = this.#attempt;
    let value: T | typeof LATE;
    try {
      value = await this.#inTime(inside.run(true, async () => work(attempt)));
    } catch (error) {
      if (attempt.flaw) return { outcome: "aborted", why: attempt.flaw };
      throw error;
    } finally {
      attempt.end();
    }
    if (value === LATE) return { outcome: "aborted", why: lateAfter(this.#settings.deadlineMs) };
    if (attempt.flaw) return { outcome: "aborted", why: attempt.flaw };
    if (attempt.onlyReads) return { outcome: "committed", value };
    const { read, required, written } = attempt.content;
    const decide = (send: Send) => this.#commit(send, written, [...read, ...required]);
    const participants = participantsOf(this.#ground);
    const folders = this.#folders.used;
    const result =
      participants && folders.length > 0
        ? await participants.commit(folders, this.#settings.protocol, decide)
        : await decide((operations, options) => this.#ground.transact(operations, options));
    return result.outcome === "committed" ? { ...result, value } : result;
  }

  /** Whether another attempt may end otherwise. */
  mayPass(ended: FunctionEnd<unknown>): boolean {
    if (ended.outcome !== "aborted") return false;
    return mayPass(ended.why, this.#attempt.content.read);
  }

  /**
   * An answer that was lost is asked for under the same id: whatever happened, it is not done twice. That it cannot be
   * asked for does not say that nothing happened.
   */
  async #commit(
    send: Send,
    operations: readonly Operation[],
    checks: TransactOptions["checks"] & object,
  ): Promise<Result> {
    const { protocol } = this.#settings;
    const options = { checks, ...(protocol && { protocol }) };
    let result = await send(operations, { ...options, deadlineMs: this.#restMs() });
    for (let tries = 1; result.outcome === "unknown" && this.#restMs() > 1; tries += 1) {
      await sleep(Math.min(pauseMs(tries), this.#restMs()));
      const again = { ...options, id: result.txn, deadlineMs: this.#restMs() };
      result = await send(operations, again).catch(stillUnknown(result));
    }
    return result;
  }

  #inTime<T>(running: Promise<T>): Promise<T | typeof LATE> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.#restMs());
    });
    return Promise.race([running, late]).finally(() => clearTimeout(timer));
  }

  #restMs(): number {
    return Math.max(1, Math.ceil(this.#until - performance.now()));
  }
}

function participantsOf({ folders }: Ground): FolderService | undefined {
  return folders instanceof FolderService ? folders : undefined;
}

const LATE = Symbol("late");

function stillUnknown(result: Result): (error: unknown) => Result {
  return (error) => {
    if (error instanceof AyesError) return result;
    throw error;
  };
}

function lateAfter(ms: number): Why {
  return { code: "abandoned", detail: `the function did not end within ${ms} ms; nothing was written` };
}

function checkFunctionOptions(options: unknown = {}): Settings {
  const record = requireObject(options, "the options");
  requireFields(record, FIELDS, "the options");
  const { protocol, maxAttempts = DEFAULT_ATTEMPTS, deadlineMs = DEFAULT_MS, replica } = record;
  if (
    typeof maxAttempts !== "number" ||
    !Number.isInteger(maxAttempts) ||
    maxAttempts < 1 ||
    maxAttempts > MOST_ATTEMPTS
  ) {
    throw new AyesError(
      "invalid",
      `maxAttempts must be an integer from 1 to ${MOST_ATTEMPTS}, not ${describe(maxAttempts)}`,
    );
  }
  return {
    maxAttempts,
    deadlineMs: checkDeadline(deadlineMs),
    ...(protocol !== undefined && { protocol: checkProtocol(protocol) }),
    ...(replica !== undefined && { replica: checkNode(replica, "replica") }),
  };
}
