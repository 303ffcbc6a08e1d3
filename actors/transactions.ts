/** All transactions at one node: both sides of every protocol, the locks that follow from them, and how it votes. */

import type { Considering, Ripe } from "./considering.js";
import { type InDoubt, inDoubtOf } from "./doubt.js";
import { type ForcedOrder, orderOf } from "./forced.js";
import { Ledger, type LedgerSnapshot } from "./ledger.js";
import { type Held, LockTable } from "./locks.js";
import type { Ask, Begin, Force, Forget, Prepare, ProtocolMessage, VerdictReport } from "./message.js";
import { concernsOwn } from "./own-key.js";
import { type AnyParticipant, Participation, type Protocols } from "./participation.js";
import { Positions, type PositionsSnapshot } from "./positions.js";
import { type Event, type Output, type Role, SILENCE, say } from "./protocol.js";
import {
  type Concluded,
  type CoordinatorRecord,
  type Forgotten,
  type HandRecord,
  type LogRecord,
  letsGo,
  type ParticipantRecord,
} from "./record.js";
import { type Testimony, testimonyOf } from "./testimony.js";
import { member } from "./three-phase/member.js";
import type { Address, Incarnation, Millis, NodeId, Reach, TxnId } from "./transaction.js";
import type { Actor, Turn } from "./turn.js";
import { type CoordinatorState, coordinator } from "./two-phase/coordinator.js";
import { participant } from "./two-phase/participant.js";
import { ALWAYS, type Rule, type Validator } from "./validator.js";

/** The rules of all sides of the protocols. */
export type Roles = {
  coordinator: Role<CoordinatorState, CoordinatorRecord>;
  participant: Protocols["2pc"];
  member: Protocols["3pc"];
};

export type TransactionsSnapshot = {
  coordinating: LedgerSnapshot<CoordinatorState, CoordinatorRecord>;
  participating: LedgerSnapshot<AnyParticipant, ParticipantRecord | HandRecord>;
  locks: Held[];
  considering: ReturnType<Considering["snapshot"]>;
  positions: PositionsSnapshot;
};

/** A message that belongs to one transaction. */
type Subject = ProtocolMessage | Begin | Ask | Force | Forget;
type Stepper = Pick<Ledger<unknown, never>, "step">;

export class Transactions {
  readonly locks = new LockTable();
  readonly positions: Positions;
  readonly #actor: Actor;
  readonly #coordinating: Ledger<CoordinatorState, CoordinatorRecord>;
  readonly #participating: Ledger<AnyParticipant, ParticipantRecord | HandRecord>;
  readonly #considering: Considering;

  constructor(actor: Actor & { reach?: Reach }, roles: Partial<Roles> | undefined, considering: Considering) {
    const all = { coordinator, participant, member, ...roles };
    this.#actor = actor;
    this.positions = new Positions(actor.reach ?? { clock: 0, begin: 0 });
    this.#coordinating = new Ledger("coordinator", all.coordinator);
    this.#participating = new Ledger("participant", new Participation({ "2pc": all.participant, "3pc": all.member }));
    this.#considering = considering;
  }

  /** Folds one record of the log. */
  replay(record: Exclude<LogRecord, { kind: "survived" }>): void {
    switch (record.kind) {
      case "decided":
      case "ended":
        this.#coordinating.replay(record);
        break;
      case "forgotten":
        (record.role === "coordinator" ? this.#coordinating : this.#participating).replayForgotten(record);
        break;
      default:
        this.#participating.replay(record);
    }
    this.#note(record);
  }

  /** The earliest instant at which one of them wants an alarm. */
  deadlines(): (Millis | undefined)[] {
    return [this.#coordinating.deadline(), this.#participating.deadline(), this.#considering.deadline()];
  }

  inDoubt(): InDoubt[] {
    return inDoubtOf(this.#coordinating.open(), this.#participating.open(), this.#actor);
  }

  /** What people have forced here, as long as there is something to say of it. */
  forced(): ForcedOrder[] {
    return this.#participating.open().flatMap((state) => (state.protocol === "forced" ? [orderOf(state)] : []));
  }

  /** What its log proves of a transaction, as a participant. */
  testify(txn: TxnId): Testimony {
    return testimonyOf(this.#participating.look(txn));
  }

  /** Whether it waits for no votes. Whoever takes part in three-phase commit may come to lead it. */
  rests(): boolean {
    const isWorking = this.#coordinating.open().some(({ phase }) => phase === "working");
    return !isWorking && this.#participating.open().every(({ protocol }) => protocol !== "3pc");
  }

  /** Whether none is open here. What was forced is over, as far as data and locks go. */
  isQuiet(): boolean {
    const isForced = ({ protocol }: AnyParticipant) => protocol === "forced";
    return this.#coordinating.open().length === 0 && this.#participating.open().every(isForced);
  }

  /** How those ended that this node took part in. */
  ends(): Concluded[] {
    return this.#participating.ends().flatMap((record) => (record.kind === "concluded" ? [record] : []));
  }

  /** Notes how others ended that it knows nothing of, or of which it knows only an attempt that was given up. */
  adopt(records: readonly Concluded[]): Output {
    const news = records.filter(({ txn, attempt }) => {
      const known = this.#participating.look(txn);
      return !this.#knows(txn) || (known.phase === "aborted" && known.attempt !== attempt);
    });
    for (const record of news) this.#participating.replay(record);
    return { records: news.map((record) => ({ record, forced: false })), writes: [], messages: [] };
  }

  /** Which lives of which nodes take part in a three-phase commit. */
  incarnationsIn(txn: TxnId): readonly Incarnation[] {
    const state = this.#participating.look(txn);
    return state.protocol === "3pc" ? state.incarnations : [];
  }

  get validator(): Validator {
    return this.#considering.validator;
  }

  validate(rule: Rule | Validator): void {
    this.#considering.validate(rule);
  }

  sizes(): { locks: number; considering: number; outcomes: number } {
    const outcomes = this.#coordinating.remembered + this.#participating.remembered;
    return { locks: this.locks.size, considering: this.#considering.size, outcomes };
  }

  snapshot(): TransactionsSnapshot {
    return {
      coordinating: this.#coordinating.snapshot(),
      participating: this.#participating.snapshot(),
      locks: this.locks.list(),
      considering: this.#considering.snapshot(),
      positions: this.positions.snapshot(),
    };
  }

  restore({ coordinating, participating, locks, considering, positions }: TransactionsSnapshot): void {
    this.#coordinating.restore(coordinating);
    this.#participating.restore(participating);
    for (const { txn, ...footprint } of locks) this.locks.acquire(txn, footprint);
    this.#considering.restore(considering);
    this.positions.restore(positions);
  }

  /** What waits for a verdict is dropped when its time is over. */
  expire(now: Millis): void {
    this.#considering.expire(now);
  }

  /** Offers an event that is about no single transaction to every open one. */
  *stepOpen(event: Event, turn: Turn): Iterable<Output> {
    if (event.kind === "peer" && !event.up) this.#considering.onPeerDown(event.node);
    yield* this.#coordinating.stepOpen(event, turn);
    yield* this.#participating.stepOpen(event, turn);
  }

  onMessage(source: Address, body: Subject | VerdictReport, turn: Turn): Output {
    switch (body.kind) {
      case "prepare":
        return this.#onPrepare(source, body, turn);
      case "verdict": {
        const ripe = this.#considering.onVerdict(body);
        return ripe ? this.#vote(ripe, turn) : SILENCE;
      }
      case "begin":
        return this.#onBegin(source, body, turn);
      case "inquire":
        // CT2 is for one that nobody waits for: this one may still vote yes.
        if (body.role === "participant" && this.#considering.holds(body))
          return say({ target: source, body: { kind: "undecided", txn: body.txn } });
        return this.#step(source, body, turn);
      default:
        return this.#step(source, body, turn);
    }
  }

  #step(source: Address, body: Subject, turn: Turn): Output {
    return this.#ledgerFor(body).step(body.txn, { kind: "message", source, body }, turn);
  }

  /** Locks and positions follow from the log: held from `prepared` to `concluded`, live and at replay alike. */
  took(output: Output): void {
    for (const { record } of output.records) this.#note(record);
  }

  /** Records that say which outcomes are forgotten. */
  forget(): Forgotten[] {
    const { retainedOutcomes } = this.#actor.settings;
    return [this.#coordinating, this.#participating].flatMap((ledger) => ledger.forget(retainedOutcomes) ?? []);
  }

  #onPrepare(source: NodeId, body: Prepare, turn: Turn): Output {
    // What the cluster keeps for itself is nobody's to veto.
    if (concernsOwn(body.operations)) return this.#vote({ coordinator: source, prepare: body, ruling: ALWAYS }, turn);
    const ripe = this.#considering.onPrepare(source, body, turn);
    return "prepare" in ripe ? this.#vote(ripe, turn) : { records: [], writes: [], messages: ripe };
  }

  #onBegin(source: Address, body: Begin, turn: Turn): Output {
    turn.ruling = concernsOwn(body.operations) ? ALWAYS : this.validator;
    return this.#ruled(this.#ledgerFor(body).step(body.txn, { kind: "message", source, body }, turn), turn);
  }

  /** The role votes, or repeats its vote. */
  #vote({ coordinator: source, prepare: body, ruling }: Ripe, turn: Turn): Output {
    turn.ruling = ruling;
    return this.#ruled(this.#participating.step(body.txn, { kind: "message", source, body }, turn), turn);
  }

  #ruled(output: Output, turn: Turn): Output {
    const lapsed = this.#considering.onVote(turn.ruling, output, this.#actor.self);
    turn.ruling = this.validator;
    return lapsed.length === 0 ? output : { ...output, messages: [...output.messages, ...lapsed] };
  }

  #ledgerFor(body: Subject): Stepper {
    switch (body.kind) {
      case "begin":
      case "ask":
        return this.#ledgerOf(body.txn) ?? (body.protocol === "2pc" ? this.#coordinating : this.#participating);
      case "vote":
        return body.protocol === "2pc" ? this.#coordinating : this.#participating;
      case "ack":
        return this.#coordinating;
      case "inquire":
        return body.role === "coordinator" ? this.#coordinating : this.#participating;
      default:
        return this.#participating;
    }
  }

  /** Who coordinates a transaction that was begun here before: in three-phase commit it is one of the participants. */
  #ledgerOf(txn: TxnId): Stepper | undefined {
    if (this.#coordinating.look(txn).phase !== "blank") return this.#coordinating;
    return this.#participating.look(txn).protocol === "3pc" && this.#knows(txn) ? this.#participating : undefined;
  }

  /** Whether this node takes part in it, or did. */
  #knows(txn: TxnId): boolean {
    return this.#participating.knows(txn);
  }

  #note(record: LogRecord): void {
    this.positions.note(record);
    if (record.kind === "prepared") {
      const { txn, writes, reads, ranges = [] } = record;
      this.locks.acquire(txn, { writes: writes.map(({ key }) => key), reads, ranges });
    } else if (letsGo(record)) {
      this.locks.release(record.txn);
    }
  }
}
