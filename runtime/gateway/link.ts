/** A cluster behind a connection: the whole interface by forwarding, with ids chosen here so that nothing is lost. */

import type {
  Cluster,
  Key,
  LockStatus,
  Operation,
  OutcomeAnswer,
  Result,
  Rule,
  Status,
  TransactOptions,
  Validator,
  ValidatorFunction,
} from "../api.js";
import type { Ballot, Balloting, Cast } from "../ballot-api.js";
import type { ChangeOptions, Constraint, ConstraintKind, ConstraintRules } from "../constraint-api.js";
import { checkChangeOptions, checkKinds, checkRequiredPrefix, checkRules } from "../constraint-rules.js";
import type { Doubts } from "../doubt-api.js";
import { AyesError, asAyesError, ERRORS } from "../errors.js";
import type { CrashPlan } from "../faults.js";
import { isFileOperation, SOMETHING_STAGED } from "../files/file-operations.js";
import type { FileTraffic } from "../files-api.js";
import type { Folders } from "../folders-api.js";
import type { Repaired, RepairOptions, Verification } from "../healing-api.js";
import { newId } from "../ids.js";
import { checkPrefix } from "../keys.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { checkForce, checkLimit, checkNode, checkPlan, checkReadOptions } from "../requests.js";
import { checkRule } from "../rules.js";
import { checkSnapshot } from "../snapshots.js";
import type { Held, HeldList, StepPlan } from "../stepping-api.js";
import type { Tracing } from "../tracing-api.js";
import { type CheckedOptions, checkId, checkTransaction, DEFAULT_DEADLINE_MS } from "../validation.js";
import { Verbs } from "../verbs.js";
import { checkChanges } from "../watching/query.js";
import type { Watching } from "../watching-api.js";
import { LinkCalls } from "./link-calls.js";
import { dial, parseUrl } from "./link-dial.js";
import { linkDoubt } from "./link-doubt.js";
import { linkFolders } from "./link-folders.js";
import { linkTracing } from "./link-tracing.js";
import { linkTraffic } from "./link-traffic.js";
import { readBallots, readChanges, readSnapshot, type WireChanges, type WireSnapshot } from "./link-wire.js";
import { ofFreshId } from "./results.js";

/** A node that starts reads its whole log first. */
const NODE_DEADLINE_MS = 30_000;
/** All of a store is read, and perhaps written again. */
const STORE_DEADLINE_MS = 6 * 60 * 60 * 1000;

/** Connects to a running cluster. Rejects with `no-cluster` when none answers, `other-version` when it is not ours. */
export async function connectLink(url: string): Promise<Cluster> {
  const parsed = parseUrl(url);
  return new LinkedCluster(new LinkCalls(parsed, await dial(parsed)));
}

class LinkedCluster extends Verbs implements Cluster {
  readonly #calls: LinkCalls;
  readonly traffic: FileTraffic;
  readonly folders: Folders;
  readonly tracing: Tracing;
  readonly doubt: Doubts;
  #closed = false;

  constructor(calls: LinkCalls) {
    super();
    this.#calls = calls;
    this.traffic = linkTraffic(calls);
    this.folders = linkFolders(calls);
    this.tracing = linkTracing(calls);
    this.doubt = linkDoubt(calls);
  }

  async snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot> {
    const how = checkReadOptions(options);
    const { keys, ranges, held } = checkSnapshot(query);
    const scans = ranges.map(({ range, limit, reverse }) => ({ ...range, limit, reverse }));
    return readSnapshot(
      (await this.#calls.call("snapshot", [{ keys, scans, held }, how], how.deadlineMs)) as WireSnapshot,
    );
  }

  async transact(operations: readonly Operation[], options?: TransactOptions): Promise<Result> {
    const { operations: checked, ...rest } = checkTransaction(operations, options, SOMETHING_STAGED);
    // What was staged only the cluster knows, so operations on files cross as they were given.
    const crossing = checked.map((operation, index) => {
      const given = operations[index] as Operation;
      return isFileOperation(given) ? given : operation;
    });
    return this.#run([crossing], rest);
  }

  /** One that closes there may be back soon; only one that was closed here is over. */
  readonly changes: Watching["changes"] = async (query) => {
    const { deadlineMs } = checkChanges(query);
    try {
      return readChanges((await this.#calls.call("changes", [query ?? {}], deadlineMs)) as WireChanges);
    } catch (error) {
      const { code, message } = asAyesError(error);
      throw code === "closed" && !this.#closed ? new AyesError("unavailable", message) : error;
    }
  };

  async outcome(txn: string): Promise<OutcomeAnswer> {
    return (await this.#calls.call("outcome", [checkId(txn)], DEFAULT_DEADLINE_MS)) as OutcomeAnswer;
  }

  async status(): Promise<Status> {
    return (await this.#calls.call("status", [], DEFAULT_DEADLINE_MS)) as Status;
  }

  async keys(prefix?: Key, limit?: number): Promise<Key[]> {
    const args = [checkPrefix(prefix), checkLimit(limit)];
    return (await this.#calls.call("keys", args, DEFAULT_DEADLINE_MS)) as Key[];
  }

  async locks(): Promise<LockStatus[]> {
    return (await this.#calls.call("locks", [], DEFAULT_DEADLINE_MS)) as LockStatus[];
  }

  async log(node: string, limit?: number): Promise<object[]> {
    return (await this.#calls.call("log", [checkNode(node), checkLimit(limit)], DEFAULT_DEADLINE_MS)) as object[];
  }

  async crash(node: string, plan?: CrashPlan): Promise<void> {
    await this.#calls.call("crash", [checkNode(node), checkPlan(plan)], NODE_DEADLINE_MS);
  }

  async pause(node: string): Promise<void> {
    await this.#calls.call("pause", [checkNode(node)], NODE_DEADLINE_MS);
  }

  async resume(node: string): Promise<void> {
    await this.#calls.call("resume", [checkNode(node)], NODE_DEADLINE_MS);
  }

  async cut(one: string, other: string, on = true): Promise<void> {
    await this.#calls.call("cut", [checkNode(one), checkNode(other), on], NODE_DEADLINE_MS);
  }

  async delay(one: string, other: string, delayMs: number): Promise<void> {
    await this.#calls.call("delay", [checkNode(one), checkNode(other), delayMs], NODE_DEADLINE_MS);
  }

  async restart(node: string): Promise<void> {
    await this.#calls.call("restart", [checkNode(node)], NODE_DEADLINE_MS);
  }

  async validate(node: string, validator: Rule | ValidatorFunction): Promise<Validator> {
    if (typeof validator === "function") {
      const detail = "a function can only judge in the program that opened the cluster; over a connection, set a rule";
      throw new AyesError("invalid", detail);
    }
    const args = [checkNode(node), checkRule(validator)];
    return (await this.#calls.call("validate", args, NODE_DEADLINE_MS)) as Validator;
  }

  async validator(node: string): Promise<Validator> {
    return (await this.#calls.call("validator", [checkNode(node)], DEFAULT_DEADLINE_MS)) as Validator;
  }

  async ballots(node?: string): Promise<Ballot[]> {
    const args = node === undefined ? [] : [checkNode(node)];
    return readBallots((await this.#calls.call("ballots", args, DEFAULT_DEADLINE_MS)) as Ballot[]);
  }

  async castVote(...said: Parameters<Balloting["castVote"]>): Promise<Cast> {
    return (await this.#calls.call("castVote", said, DEFAULT_DEADLINE_MS)) as Cast;
  }

  async step(plan: StepPlan | "off"): Promise<HeldList> {
    return (await this.#calls.call("step", [plan], DEFAULT_DEADLINE_MS)) as HeldList;
  }

  async held(): Promise<HeldList> {
    return (await this.#calls.call("held", [], DEFAULT_DEADLINE_MS)) as HeldList;
  }

  async release(id: number | "next"): Promise<Held | undefined> {
    return ((await this.#calls.call("release", [id], DEFAULT_DEADLINE_MS)) ?? undefined) as Held | undefined;
  }

  share(): never {
    throw new AyesError("invalid", "only a cluster that this program has opened can be shared with its threads");
  }

  async constraints(): Promise<Constraint[]> {
    return (await this.#calls.call("constraints", [], DEFAULT_DEADLINE_MS)) as Constraint[];
  }

  async constrain(prefix: Key, rules: ConstraintRules, options?: ChangeOptions): Promise<Result> {
    const asked = checkChangeOptions(options);
    checkRules(rules);
    const args = [checkRequiredPrefix(prefix), rules, asked];
    return (await this.#calls.call("constrain", args, asked.deadlineMs)) as Result;
  }

  async unconstrain(prefix: Key, kinds?: readonly ConstraintKind[], options?: ChangeOptions): Promise<Result> {
    const asked = checkChangeOptions(options);
    const args = [checkRequiredPrefix(prefix), kinds && checkKinds(kinds), asked];
    return (await this.#calls.call("unconstrain", args, asked.deadlineMs)) as Result;
  }

  async repair(node: string, options?: RepairOptions): Promise<Repaired> {
    const args = [checkNode(node), { force: checkForce(options) }];
    return (await this.#calls.call("repair", args, STORE_DEADLINE_MS)) as Repaired;
  }

  async verify(): Promise<Verification> {
    return (await this.#calls.call("verify", [], STORE_DEADLINE_MS)) as Verification;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#calls.close();
  }

  /** The id is chosen before anything leaves, so that even an answer that was lost can be asked for. */
  async #run(args: unknown[], options: CheckedOptions): Promise<Result> {
    const txn = options.id ?? newId();
    try {
      const answer = await this.#calls.call("transact", [...args, { ...options, id: txn }], options.deadlineMs);
      return options.id === undefined ? ofFreshId(answer as Result) : (answer as Result);
    } catch (error) {
      if (!(error instanceof AyesError) || ERRORS[error.code].class !== "unknown") throw error;
      return { outcome: "unknown", txn, why: error.why };
    }
  }
}
