/**
 * What waits for the people of nodes, and their answers: to the core a person is somebody outside who is asked.
 *
 * A ballot is withdrawn when nobody waits for it any more: its transaction has ended, or its node or its coordinator is
 * down. One without an answer becomes a no a little before the coordinator's patience ends, so that the answer is the
 * reason.
 */

import type { Consider, VerdictReport } from "../../actors/message.js";
import type { Millis, NodeId, TxnId } from "../../actors/transaction.js";
import { type Validator, validatorText } from "../../actors/validator.js";
import type { Ballot, Cast } from "../ballot-api.js";
import type { Clock } from "../clock.js";
import { AyesError } from "../errors.js";
import { proposalOf } from "../proposal.js";
import { checkFlag } from "../requests.js";
import { checkVoter } from "../rules.js";
import { checkId } from "../validation.js";
import { Bounded } from "./bounded.js";
import { checkReason } from "./reason.js";

export type BallotBoxOptions = {
  shape: { coordinators: readonly NodeId[]; replicas: readonly NodeId[] };
  clock: Clock;
  tell(node: NodeId, verdict: VerdictReport): void;
  /** What rules the votes of a node. */
  ruling(node: NodeId): Validator;
};

/** A transaction that this program runs, perhaps several times at once under one id. */
type Run = { times: number; since: Millis };
type Waiting = { question: Consider; node: NodeId; askedAt: Millis; deadlineAt: Millis };

/** Ballots at most, and characters of their keys and values. */
const LIMIT = 1000;
const LIMIT_CHARACTERS = 64 * 1024 * 1024;
/** How long before the coordinator gives up a ballot becomes a no: at most this, and of a short deadline a part. */
const AHEAD_MS = 1000;
const AHEAD_PART = 0.2;
const SWEEP_MS = 50;
const REMEMBERED = 1000;

export class BallotBox {
  readonly #options: BallotBoxOptions;
  readonly #runs = new Map<TxnId, Run>();
  readonly #waiting = new Map<string, Waiting>();
  /** Why nobody waits for what has waited before. */
  readonly #over = new Bounded<string>(REMEMBERED);
  #characters = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: BallotBoxOptions) {
    this.#options = options;
  }

  /** Runs a transaction: only meanwhile people can be asked about it. */
  async during<T>(txn: TxnId, work: () => Promise<T>): Promise<T> {
    const { times = 0, since = this.#options.clock.now() } = this.#runs.get(txn) ?? {};
    this.#runs.set(txn, { times: times + 1, since });
    try {
      return await work();
    } finally {
      this.#end(txn);
    }
  }

  /** A node asks its person. */
  ask(question: Consider, node: NodeId): void {
    const { clock } = this.#options;
    const run = this.#runs.get(question.txn);
    if (!run) return;
    const size = sizeOf(question);
    if (this.#waiting.size >= LIMIT || this.#characters + size > LIMIT_CHARACTERS) {
      return this.#tell(question, node, false, `the person at ${node} could not be asked: too much waits for people`);
    }
    this.#withdraw(nameOf(question.txn, node), "it was asked again");
    const aheadMs = Math.min(AHEAD_MS, question.deadlineMs * AHEAD_PART);
    const deadlineAt = run.since + question.deadlineMs - aheadMs;
    this.#waiting.set(nameOf(question.txn, node), { question, node, askedAt: clock.now(), deadlineAt });
    this.#characters += size;
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** What waits, oldest first. Throws for what is no node that votes. */
  list(node?: unknown): Ballot[] {
    const { clock, shape } = this.#options;
    const voter = node === undefined ? undefined : checkVoter(node, shape);
    const waiting = [...this.#waiting.values()].filter((ballot) => voter === undefined || ballot.node === voter);
    return waiting.map(({ question, node: asked, askedAt, deadlineAt }) => {
      const leftMs = Math.max(0, Math.round(deadlineAt - clock.now()));
      return {
        ...proposalOf(question, asked),
        askedAt: Math.round(askedAt),
        deadlineAt: Math.round(deadlineAt),
        leftMs,
      };
    });
  }

  /** Throws `not-waiting`, and for bad input. */
  cast(txn: unknown, node: unknown, yes: unknown, reason?: unknown): Cast {
    const [id, voter] = [checkId(txn, "txn"), checkVoter(node, this.#options.shape)];
    const [vote, said] = [checkFlag(yes, "yes") ? "commit" : "abort", checkReason(reason)] as const;
    const ballot = this.#waiting.get(nameOf(id, voter));
    if (!ballot) throw new AyesError("not-waiting", this.#whyNot(id, voter), { node: voter });
    this.#withdraw(nameOf(id, voter), `${voter} has answered ${vote} already`);
    this.#tell(ballot.question, voter, vote === "commit", said ?? `the person at ${voter} said no`);
    return { txn: id, node: voter, vote, ...(said !== undefined && { reason: said }) };
  }

  /** The failure detector's word: who is down neither votes nor waits for votes. */
  peer(node: NodeId, up: boolean): void {
    if (up) return;
    for (const [name, ballot] of this.#waiting) {
      if (ballot.node === node) this.#withdraw(name, `${node} went down, and does not wait any more`);
      else if (ballot.question.coordinator === node) this.#withdraw(name, `its coordinator ${node} went down`);
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#waiting.clear();
  }

  #end(txn: TxnId): void {
    const run = this.#runs.get(txn);
    if (!run) return;
    run.times -= 1;
    if (run.times > 0) return;
    this.#runs.delete(txn);
    if (this.#waiting.size === 0) return;
    for (const node of this.#options.shape.replicas)
      this.#withdraw(nameOf(txn, node), "it has ended without this vote");
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const [name, { question, node, deadlineAt }] of this.#waiting) {
      if (now < deadlineAt) continue;
      const reason = `the person at ${node} did not answer in time`;
      this.#withdraw(name, reason);
      this.#tell(question, node, false, reason);
    }
  }

  #withdraw(name: string, why: string): void {
    const ballot = this.#waiting.get(name);
    if (!ballot) return;
    this.#waiting.delete(name);
    this.#characters -= sizeOf(ballot.question);
    this.#over.set(name, why);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #whyNot(txn: TxnId, node: NodeId): string {
    const known = this.#over.get(nameOf(txn, node));
    if (known !== undefined) return `${txn} does not wait for ${node}: ${known}`;
    const ruling = this.#options.ruling(node);
    const isPerson = ruling.rule === "person";
    return isPerson ? `${txn} does not wait for ${node}` : `${node} asks nobody: it votes by ${validatorText(ruling)}`;
  }

  #tell({ txn, attempt }: Consider, node: NodeId, yes: boolean, detail: string): void {
    this.#options.tell(node, { kind: "verdict", txn, attempt, yes, detail });
  }
}

function nameOf(txn: TxnId, node: NodeId): string {
  return `${node} ${txn}`;
}

function sizeOf({ operations, checks }: Consider): number {
  let size = 0;
  for (const entry of [...operations, ...checks]) {
    size += ("key" in entry ? entry.key.length : 0) + ("value" in entry ? entry.value.length : 0);
  }
  return size;
}
