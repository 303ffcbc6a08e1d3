/** Runs statements against a cluster: what each one asks of it, and the transaction that is open meanwhile. */

import { validatorText } from "../../actors/validator.js";
import type { Check, Cluster, Operation } from "../../runtime/api.js";
import type { ConstraintRules } from "../../runtime/constraint-api.js";
import { AyesError, asAyesError } from "../../runtime/errors.js";
import type { Sent } from "../../runtime/files/stage.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import type { Watch, WatchOptions } from "../../runtime/watching-api.js";
import type { CommandName } from "../language/grammar.js";
import { helpText } from "../language/help.js";
import { Problem } from "../language/problem.js";
import type { FileStep, Statement, Step } from "../language/statement.js";
import { ByHand } from "./by-hand.js";
import { answerDoubt } from "./doubting.js";
import { faultHandlers } from "./faults.js";
import { Bodies, isFileStep, operationsOf, readFile, release, runFileStep } from "./file-steps.js";
import type { Link } from "./link.js";
import { repairedText } from "./repaired.js";
import { failureOf, type Reply } from "./reply.js";
import { type Ending, OpenTransaction, type Pending, type Size, sizeText } from "./transaction.js";
import { type FileReader, load } from "./values.js";

/** A statement that the cluster or the open transaction answers; the others concern the terminal. */
export type Request = Exclude<Statement, { kind: "watch" | "follow" | "timing" | "quit" }>;
type Kind = Request["kind"];
type Handlers = { [K in Kind]: (statement: Extract<Request, { kind: K }>) => Promise<Reply> };

/** A file may hold anything; the cluster says whether it is one. */
type Schema = NonNullable<ConstraintRules["shape"]>;

/** Every replica reads all that is bound, and others may write it: that takes a while. */
/** Listed when no id is given. */
const TRACES = 20;
const CHANGE = { deadlineMs: 60_000 };

const REMEMBERED = 100;
const KEYS_MOST = 10_000;

/** One person's or script's conversation with a cluster. */
export class Session {
  readonly #link: Link;
  readonly #readFile: FileReader;
  readonly #bodies: Bodies;
  #open: OpenTransaction | undefined;
  #txns: string[] = [];
  readonly #byHand = new ByHand(() => this.#cluster());

  constructor(link: Link, readFile: FileReader, bodies: Bodies = new Bodies()) {
    this.#link = link;
    this.#readFile = readFile;
    this.#bodies = bodies;
  }

  /** How much the open transaction holds; undefined when none is open. */
  get pending(): Size | undefined {
    return this.#open?.size;
  }

  /** Ids of transactions seen here, newest first. */
  get txns(): readonly string[] {
    return this.#txns;
  }

  /** Committed changes as they come. */
  async watch(options: WatchOptions): Promise<Watch> {
    return (await this.#cluster()).watch(options);
  }

  /** Runs one statement. Never rejects: a failure is a reply. */
  run(statement: Request): Promise<Reply> {
    return this.#byHand.patiently(statement, this.#run(statement));
  }

  async #run(statement: Request): Promise<Reply> {
    try {
      const handler = this.#handlers[statement.kind] as (statement: Request) => Promise<Reply>;
      return await handler(statement);
    } catch (error) {
      const failure = failureOf(error);
      if (failure instanceof AyesError) this.#link.failed(failure);
      return { kind: "failed", error: failure };
    }
  }

  readonly #handlers: Handlers = {
    step: async ({ step }) => {
      if (this.#open) return this.#collect(this.#open, step);
      if (!isFileStep(step)) return this.#transact([step], {});
      return this.#concluded(await runFileStep(await this.#cluster(), step, this.#bodies));
    },
    readFile: async ({ path, target, options }) => {
      const read = this.#open
        ? this.#open.files((files) => files.read(path), options)
        : (await this.#cluster()).files.read(path, options);
      return readFile(await read, target);
    },
    ls: async ({ prefix, limit }) => {
      const query = { ...(prefix !== "" && { prefix }), limit };
      const page = this.#open
        ? this.#open.files((files) => files.list(query))
        : (await this.#cluster()).files.list(query);
      const { files, next } = await page;
      return { kind: "files", files, more: next !== undefined };
    },
    stat: async ({ path, options }) => {
      const stat = this.#open
        ? this.#open.files((files) => files.stat(path), options)
        : (await this.#cluster()).files.stat(path, options);
      return { kind: "stat", stat: await stat };
    },
    tx: ({ steps, options }) => {
      this.#requireNone();
      return this.#transact(steps, options);
    },
    get: async ({ key, options }) => {
      const read: Pending<ReadResult> = await (this.#open ?? (await this.#cluster())).get(key, options);
      if (read.version !== undefined) this.#remember(read.version);
      return { kind: "read", read };
    },
    read: async ({ keys, options }) => {
      const reads = await (this.#open ?? (await this.#cluster())).read(keys, options);
      return { kind: "reads", reads };
    },
    scan: async ({ query, options }) => {
      return { kind: "scan", page: await (this.#open ?? (await this.#cluster())).scan(query, options) };
    },
    begin: async ({ options }) => {
      this.#requireNone();
      this.#open = new OpenTransaction(options, () => this.#cluster());
      return note("transaction open: nothing is locked or written before commit", { transaction: "open" });
    },
    commit: () => this.#commit(),
    rollback: async () => {
      const forgotten = sizeText(this.#requireOpen().size) || "nothing";
      this.#end();
      return note(`rolled back: ${forgotten}; no write was sent`, { transaction: "rolled-back" });
    },
    outcome: async ({ txn }) => {
      this.#remember(txn);
      return { kind: "outcome", answer: await (await this.#cluster()).outcome(txn) };
    },
    trace: async ({ txn }) => {
      const { tracing } = await this.#cluster();
      if (txn === undefined) return { kind: "traces", traces: await tracing.traces({ limit: TRACES }) };
      return { kind: "trace", trace: await tracing.trace(txn) };
    },
    status: async () => ({ kind: "status", status: await (await this.#cluster()).status() }),
    locks: async () => ({ kind: "locks", locks: await (await this.#cluster()).locks() }),
    log: async ({ node, limit }) => ({ kind: "log", records: await (await this.#cluster()).log(node, limit) }),
    keys: async ({ prefix, limit }) => {
      // One more tells whether there are more, unless that is more than may be asked for.
      const keys = await (await this.#cluster()).keys(prefix, limit === KEYS_MOST ? limit : limit + 1);
      return { kind: "keys", keys: keys.slice(0, limit), more: keys.length > limit };
    },
    ...faultHandlers(() => this.#cluster()),
    validator: async ({ node, rule }) => {
      const cluster = await this.#cluster();
      const validator = rule ? await cluster.validate(node, rule) : await cluster.validator(node);
      return { kind: "done", text: `${node}: ${validatorText(validator)}`, facts: { node, validator } };
    },
    ...this.#byHand.handlers,
    doubt: async (statement) => answerDoubt(await this.#cluster(), statement),
    constraints: async () => ({ kind: "constraints", constraints: await (await this.#cluster()).constraints() }),
    constrain: async ({ prefix, rules: { shape, ...others } }) => {
      this.#requireNone();
      const rules = shape ? { ...others, shape: (await load(shape, this.#readFile)) as Schema } : others;
      return this.#concluded(await (await this.#cluster()).constrain(prefix, rules, CHANGE));
    },
    unconstrain: async ({ prefix, kinds }) => {
      this.#requireNone();
      const named = kinds.length > 0 ? kinds : undefined;
      return this.#concluded(await (await this.#cluster()).unconstrain(prefix, named, CHANGE));
    },
    repair: async ({ node, force }) => {
      const repaired = await (await this.#cluster()).repair(node, { force });
      return { kind: "done", text: repairedText(repaired), facts: repaired };
    },
    help: async ({ topic }) => ({ kind: "help", text: helpText(topic as CommandName | undefined) }),
  };

  #cluster(): Promise<Cluster> {
    return this.#link.cluster();
  }

  #requireNone(): void {
    if (this.#open) throw new Problem("a transaction is open already: commit or rollback first");
  }

  #requireOpen(): OpenTransaction {
    if (!this.#open) throw new Problem("no transaction is open: type begin first");
    return this.#open;
  }

  async #collect(open: OpenTransaction, step: Step): Promise<Reply> {
    if (isFileStep(step)) await open.collect(step, this.#bodies);
    else if (step.kind === "check") open.require(await this.#check(step));
    else open.write(await this.#operation(step));
    return note(sizeText(open.size), { transaction: "open", ...open.size });
  }

  async #commit(): Promise<Reply> {
    const open = this.#requireOpen();
    if (sizeText(open.size) === "") throw new Problem("the transaction is empty: add to it, or rollback");
    const cluster = await this.#cluster();
    try {
      const { result, account } = await open.commit(cluster);
      this.#end();
      return { ...this.#concluded(result), account };
    } catch (error) {
      // Refused before it became a transaction: the person may correct it. Otherwise it may have happened.
      if (!asAyesError(error).definite) this.#end();
      throw error;
    }
  }

  #end(): void {
    void this.#open?.release();
    this.#open = undefined;
  }

  async #transact(steps: readonly Step[], options: { id?: string }): Promise<Reply> {
    const sent: Sent[] = [];
    try {
      const { operations, checks } = await this.#listOf(steps, sent);
      const cluster = await this.#cluster();
      const result = await cluster.transact(operations, { ...options, ...(checks.length > 0 && { checks }) });
      return this.#concluded(result);
    } finally {
      await release(() => this.#cluster(), sent);
    }
  }

  /** What is sent ahead for files is added to `sent`. */
  async #listOf(steps: readonly Step[], sent: Sent[]): Promise<{ operations: Operation[]; checks: Check[] }> {
    const operations: Operation[] = [];
    const checks: Check[] = [];
    for (const step of steps) {
      if (step.kind === "check") checks.push(await this.#check(step));
      else if (!isFileStep(step)) operations.push(await this.#operation(step));
      else {
        if (step.kind === "write") sent.push(await this.#bodies.send((await this.#cluster()).traffic, step.body));
        const file = operationsOf(step, sent.at(-1));
        operations.push(...file.operations);
        checks.push(...file.checks);
      }
    }
    return { operations, checks };
  }

  #concluded(result: Ending): Extract<Reply, { kind: "result" }> {
    if (result.txn !== undefined) this.#remember(result.txn);
    if (result.outcome === "unknown") this.#link.failed(new AyesError(result.why.code));
    return { kind: "result", result };
  }

  async #operation(step: Exclude<Step, FileStep | { kind: "check" }>): Promise<Operation> {
    const { key } = step;
    if (step.kind === "put") {
      const { ttlMs } = step;
      const value = await load(step.value, this.#readFile);
      return { op: "put", key, value, ...(ttlMs !== undefined && { ttlMs }) };
    }
    return step.kind === "del" ? { op: "del", key } : { op: "add", key, delta: step.delta };
  }

  async #check(step: Extract<Step, { kind: "check" }>): Promise<Check> {
    const { key, is } = step;
    if (is === "equals") return { key, is, value: await load(step.value, this.#readFile) };
    return is === "version" ? { key, is, version: step.version } : { key, is };
  }

  #remember(txn: string): void {
    this.#txns = [txn, ...this.#txns.filter((known) => known !== txn)].slice(0, REMEMBERED);
  }
}

function note(text: string, facts: object): Reply {
  return { kind: "note", text, facts };
}
