/**
 * A transaction function of a simulated client. It reads, holds and retries as `runtime/functions` does, which also keeps
 * its reads; but nothing here is promised: what comes next is called by the simulation.
 */

import type { OutcomeReport, Read, Values } from "../../actors/message.js";
import type { Millis, Operation } from "../../actors/transaction.js";
import { mayPass } from "../functions/passing.js";
import { NOTHING, Reads, together, type Wanted } from "../functions/reads.js";
import { checkKey } from "../keys.js";
import { checkSnapshot, snapshotOf } from "../snapshots.js";
import { checkChecks, checkRange, encodeValue } from "../validation.js";
import { perform } from "./deeds.js";
import type { History, Sight } from "./history.js";
import type { FunctionRequest, TransactRequest } from "./workload.js";

type Asked = Omit<Read, "request" | "deadlineMs">;

/** What it needs of its client. */
export type Ground = {
  history: History;
  read(replica: string, read: Asked, onAnswer: (body: Values) => void, onLate: () => void): void;
  /** Calls back when it is known what came of it, or when nobody asks any more. */
  transact(request: TransactRequest, then: (report: OutcomeReport | undefined) => void): void;
  /** Whether there may be another attempt. */
  mayRetry(): boolean;
  pause(ms: Millis, work: () => void): void;
  done(): void;
};

const SEEN = { read: "linearizable", cluster: "" } as const;

export class FunctionRun {
  readonly #request: FunctionRequest;
  readonly #ground: Ground;
  #attempts = 0;
  #reads = new Reads();
  #deed: Generator<Wanted, Operation[]> | undefined;
  /** What the attempt before this one has read. */
  #expected: Wanted = NOTHING;
  /** When all that was read so far was true together: during the last question. */
  #moment: { began: number; ended: number; answer: object } | undefined;

  constructor(request: FunctionRequest, ground: Ground) {
    this.#request = request;
    this.#ground = ground;
  }

  start(): void {
    this.#attempt();
  }

  #attempt(): void {
    this.#attempts += 1;
    this.#expected = this.#reads.all();
    this.#reads = new Reads();
    this.#deed = perform(this.#request.deed, this.#reads);
    this.#proceed();
  }

  /** Another attempt, if nothing was written in this one. */
  #again(): void {
    this.#witness();
    if (this.#attempts >= this.#request.attempts || !this.#ground.mayRetry()) return this.#ground.done();
    this.#ground.pause(this.#request.pauseMs, () => this.#attempt());
  }

  #proceed(): void {
    for (let step = this.#deed?.next(); step; step = this.#deed?.next()) {
      if (step.done) return this.#commit(step.value);
      if (!this.#has(step.value)) return this.#look(step.value);
    }
  }

  /** Also makes what was read ahead a thing that the function has read. */
  #has({ keys, scans }: Wanted): boolean {
    const found = [...keys.map((key) => this.#reads.key(key)), ...scans.map((query) => this.#reads.page(query))];
    return found.every((read) => read !== undefined);
  }

  #look(wanted: Wanted): void {
    this.#witness();
    const all = together([wanted, this.#expected]);
    this.#expected = NOTHING;
    this.#reads.forgetAhead();
    const query = checkSnapshot({ ...all, held: this.#reads.checks() });
    const replica = this.#replica;
    const began = this.#ground.history.tick();
    const onAnswer = ({ values, pages = [], waited, position }: Values) => {
      if (!values) return this.#again();
      this.#moment = { began, ended: this.#ground.history.tick(), answer: values };
      this.#reads.take(all, snapshotOf(query, { values, pages, replica, waited, position }, SEEN));
      this.#has(wanted);
      this.#proceed();
    };
    const question = { kind: "read", ...query, consistency: "linearizable" } as const;
    this.#ground.read(replica, question, onAnswer, () => this.#again());
  }

  #commit(operations: Operation[]): void {
    this.#witness();
    if (operations.length === 0) return this.#ground.done();
    const { name, protocol, leader, insists } = this.#request;
    const checks = checkChecks(this.#reads.checks());
    const txn = `${name}.${this.#attempts}`;
    this.#ground.history.attempts.set(txn, { name, seen: this.#sight() });
    this.#ground.transact(
      { kind: "transact", afterMs: 0, txn, protocol, operations, checks, insists, ...(leader && { leader }) },
      (report) => {
        const isOver = report?.standing.state !== "aborted" || !mayPass(report.standing.why, this.#reads.checks());
        if (isOver) this.#ground.done();
        else this.#again();
      },
    );
  }

  /** All of an attempt is read from one replica. */
  get #replica(): string {
    const { replicas } = this.#request;
    return replicas[this.#attempts % replicas.length] ?? "";
  }

  /** What was read until now, and held, is for the judge one reading at the moment of the last question. */
  #witness(): void {
    if (!this.#moment) return;
    const reading = { kind: "reading", replica: this.#replica, consistency: "linearizable" } as const;
    this.#ground.history.readings.push({ ...reading, ...this.#moment, ...this.#sight() });
    this.#moment = undefined;
  }

  #sight(): Sight {
    const { keys, scans } = this.#reads.all();
    const values = keys.map((key) => {
      const { value, version } = this.#reads.key(key) ?? {};
      return value === undefined || version === undefined ? undefined : { value: encodeValue(value), version };
    });
    const pages = scans.flatMap((query) => {
      const page = this.#reads.page(query);
      if (!page) return [];
      const entries = page.entries.map(({ key, value, version }) => ({
        key: checkKey(key),
        stored: { value: encodeValue(value), version },
      }));
      return [{ range: checkRange(page.range), entries }];
    });
    return { keys, values, pages };
  }
}
