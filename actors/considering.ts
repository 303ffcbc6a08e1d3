/** What comes before a vote: the node's validator, and transactions that wait for what somebody outside says of them. */

import { castBallot } from "./ballot.js";
import type { Inquire, Prepare, VerdictReport } from "./message.js";
import type { Env, Outgoing, Output } from "./protocol.js";
import type { Address, Millis, NodeId, TxnId, Why } from "./transaction.js";
import { ALWAYS, isAsked, type Rule, succeed, type Validator, type Verdict } from "./validator.js";

/** A `prepare` that is to be voted on now, and by what the vote is ruled. */
export type Ripe = { coordinator: NodeId; prepare: Prepare; ruling: Validator | Verdict };

/** A `prepare` that is held back, for as long as its coordinator waits for the vote. It holds no lock. */
export type Held = { coordinator: NodeId; prepare: Prepare; until: Millis };

/** Held at most. */
const CAPACITY = 10_000;
const UNASKED: Verdict = { rule: "verdict", yes: false, detail: "nobody could be asked: too many wait for a verdict" };
const NOTHING: readonly never[] = [];

export class Considering {
  /** Who is asked for verdicts, and told that a rule is over. */
  readonly #judge: Address;
  readonly #held = new Map<TxnId, Held>();
  #validator: Validator;

  constructor(judge: Address, validator: Validator = ALWAYS) {
    this.#judge = judge;
    this.#validator = validator;
  }

  get validator(): Validator {
    return this.#validator;
  }

  /** Rules later votes, not those that wait for a verdict already. */
  validate(rule: Rule | Validator): void {
    this.#validator = succeed(this.#validator, rule);
  }

  /** To be voted on now; or held back, and somebody is asked. Only what would be a yes is worth a question. */
  onPrepare(coordinator: NodeId, prepare: Prepare, env: Env): Ripe | Outgoing[] {
    const ripe = { coordinator, prepare, ruling: this.#validator };
    if (!isAsked(this.#validator) || "why" in castBallot(prepare, env)) return ripe;
    const { txn, attempt, operations, checks, deadlineMs } = prepare;
    const held = this.#held.get(txn);
    if (held && held.prepare.attempt >= attempt) return [];
    if (!held && this.#held.size >= CAPACITY) return { ...ripe, ruling: UNASKED };
    this.#held.set(txn, { coordinator, prepare, until: env.now + deadlineMs });
    const question = { txn, attempt, coordinator, operations, checks, deadlineMs };
    return [{ target: this.#judge, body: { kind: "consider", ...question } }];
  }

  /** What this verdict is about, unless nobody waits for it any more. */
  onVerdict({ txn, attempt, yes, detail }: VerdictReport): Ripe | undefined {
    const held = this.#held.get(txn);
    if (held?.prepare.attempt !== attempt) return undefined;
    this.#held.delete(txn);
    return { ...held, ruling: { rule: "verdict", yes, detail } };
  }

  /** Whether somebody is asked about this attempt now. */
  holds({ txn, attempt }: Inquire): boolean {
    return this.#held.get(txn)?.prepare.attempt === attempt;
  }

  /** A rule for one veto is over with it. */
  onVote(ruling: Validator | Verdict, { records, messages }: Output, self: NodeId): readonly Outgoing[] {
    if (ruling.rule !== "no-next") return NOTHING;
    const isVeto = (why: Why | undefined) => why?.code === "vetoed" && why.node === self;
    const said = messages.some(({ body }) => body.kind === "vote" && isVeto(body.why));
    // A coordinator that holds data says nothing when it judges: it concludes.
    if (!said && !records.some(({ record }) => record.kind === "concluded" && isVeto(record.why))) return NOTHING;
    this.#validator = ruling.after;
    return [{ target: this.#judge, body: { kind: "lapsed" } }];
  }

  /** A coordinator that went down waits for no vote any more. */
  onPeerDown(node: NodeId): void {
    this.#drop(({ coordinator }) => coordinator === node);
  }

  /** Drops what its coordinator has given up by now. */
  expire(now: Millis): void {
    if (this.#held.size > 0) this.#drop(({ until }) => now >= until);
  }

  deadline(): Millis | undefined {
    let earliest: Millis | undefined;
    for (const { until } of this.#held.values()) if (earliest === undefined || until < earliest) earliest = until;
    return earliest;
  }

  get size(): number {
    return this.#held.size;
  }

  snapshot(): { validator: Validator; held: Held[] } {
    return { validator: this.#validator, held: [...this.#held.values()] };
  }

  /** Goes on where another one was; only for a new one. */
  restore({ validator, held }: { validator: Validator; held: readonly Held[] }): void {
    this.#validator = validator;
    for (const one of held) this.#held.set(one.prepare.txn, one);
  }

  #drop(isOver: (held: Held) => boolean): void {
    for (const [txn, held] of this.#held) if (isOver(held)) this.#held.delete(txn);
  }
}
