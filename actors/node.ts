/** One node: it replays its log, routes each event to a role, and gathers what one turn wants done. */

import { Considering, type Ripe } from "./considering.js";
import { Ledger, type LedgerSnapshot } from "./ledger.js";
import { LockTable } from "./locks.js";
import type { Message } from "./message.js";
import { type Event, type Output, type Role, type Settings, SILENCE, type World } from "./protocol.js";
import { Readers, type Waiting } from "./readers.js";
import type { Concluded, Decided, Ended, LogRecord, Prepared } from "./record.js";
import type { Address, Key, Millis, NodeId, TxnId } from "./transaction.js";
import { Turn } from "./turn.js";
import { type CoordinatorState, coordinator } from "./two-phase/coordinator.js";
import { type ParticipantState, participant } from "./two-phase/participant.js";
import type { Rule, Validator } from "./validator.js";

/** The rules of both sides of a protocol. */
export type Roles = {
  coordinator: Role<CoordinatorState, Decided | Ended>;
  participant: Role<ParticipantState, Prepared | Concluded>;
};

export type NodeOptions = {
  self: NodeId;
  replicas: readonly NodeId[];
  epoch: number;
  settings: Settings;
  /** What rules its votes; nothing unless given. */
  validator?: Validator | undefined;
  /** The client who is asked for verdicts. */
  judge?: Address;
  /** Other rules than ours: to see that what checks them notices. */
  roles?: Roles;
};

/** All that decides how a node goes on, as plain data that nobody changes. */
export type NodeSnapshot = {
  coordinating: LedgerSnapshot<CoordinatorState, Decided | Ended>;
  participating: LedgerSnapshot<ParticipantState, Prepared | Concluded>;
  locks: { txn: TxnId; writes: Key[]; reads: Key[] }[];
  readers: Waiting[];
  considering: ReturnType<Considering["snapshot"]>;
  up: NodeId[];
};

/** An open transaction as this node knows it. */
export type InDoubt = {
  txn: TxnId;
  role: "coordinator" | "participant";
  phase: string;
  /** Whom it waits for. */
  waitingFor: NodeId[];
  writes: Key[];
  reads: Key[];
  /** When it began here. */
  at: Millis;
};

export class Node {
  readonly #options: NodeOptions;
  readonly #coordinating: Ledger<CoordinatorState, Decided | Ended>;
  readonly #participating: Ledger<ParticipantState, Prepared | Concluded>;
  readonly #locks = new LockTable();
  readonly #readers = new Readers();
  readonly #considering: Considering;
  readonly #up = new Set<NodeId>();

  constructor(options: NodeOptions) {
    this.#options = options;
    const roles = options.roles ?? { coordinator, participant };
    this.#coordinating = new Ledger("coordinator", roles.coordinator);
    this.#participating = new Ledger("participant", roles.participant);
    this.#considering = new Considering(options.judge ?? "", options.validator);
    this.#up.add(options.self);
  }

  /** Folds one record of the log, oldest first, before the first turn. */
  replay(record: LogRecord): void {
    switch (record.kind) {
      case "decided":
      case "ended":
        this.#coordinating.replay(record);
        break;
      case "prepared":
      case "concluded":
        this.#participating.replay(record);
        break;
      case "forgotten":
        (record.role === "coordinator" ? this.#coordinating : this.#participating).replayForgotten(record);
        break;
    }
    this.#lock(record);
  }

  /** Steps the roles over a batch of events. Nothing of the output may be seen before its records are durable. */
  turn(events: Iterable<Event>, world: World): Output {
    const turn = new Turn(this.#options, world, this.#up, this.#locks);
    turn.ruling = this.#considering.validator;
    this.#considering.expire(turn.now);
    for (const event of events) this.#dispatch(event, turn);
    turn.send(this.#readers.wake(this.#locks, turn));
    this.#forget(turn);
    return turn.output;
  }

  /** The earliest instant at which this node wants an alarm. */
  deadline(): Millis | undefined {
    const waiting = [this.#coordinating, this.#participating, this.#readers, this.#considering];
    const known = waiting.map((one) => one.deadline()).filter((at) => at !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Every transaction that this node has not seen the end of. */
  inDoubt(): InDoubt[] {
    const leading = this.#coordinating.open().map((state): InDoubt => {
      const waitingFor = state.phase === "working" ? state.silent : state.unacked;
      const { txn, phase, at } = state;
      return { txn, role: "coordinator", phase, waitingFor: [...waitingFor], writes: [], reads: [], at };
    });
    const following = this.#participating.open().map((state): InDoubt => {
      const writes = state.writes.map(({ key }) => key);
      const { txn, phase, at } = state;
      return { txn, role: "participant", phase, waitingFor: [state.coordinator], writes, reads: [...state.reads], at };
    });
    return [...leading, ...following];
  }

  /** Whether it knows that this node is down and waits for no votes: until it hears otherwise, it will not begin to. */
  restsWithout(node: NodeId): boolean {
    return !this.#up.has(node) && this.#coordinating.open().every(({ phase }) => phase !== "working");
  }

  /** What rules its votes. */
  get validator(): Validator {
    return this.#considering.validator;
  }

  /** Rules the votes of later turns. */
  validate(rule: Rule | Validator): void {
    this.#considering.validate(rule);
  }

  /** Sizes of everything that could grow. */
  sizes(): { locks: number; readers: number; considering: number; outcomes: number } {
    const outcomes = this.#coordinating.remembered + this.#participating.remembered;
    return { locks: this.#locks.size, readers: this.#readers.size, considering: this.#considering.size, outcomes };
  }

  locks(): { txn: TxnId; writes: Key[]; reads: Key[] }[] {
    return this.#locks.list();
  }

  snapshot(): NodeSnapshot {
    return {
      coordinating: this.#coordinating.snapshot(),
      participating: this.#participating.snapshot(),
      locks: this.#locks.list(),
      readers: this.#readers.snapshot(),
      considering: this.#considering.snapshot(),
      up: [...this.#up],
    };
  }

  /** Goes on where another one was; only for a new node with the same options. */
  restore({ coordinating, participating, locks, readers, considering, up }: NodeSnapshot): void {
    this.#coordinating.restore(coordinating);
    this.#participating.restore(participating);
    for (const { txn, ...footprint } of locks) this.#locks.acquire(txn, footprint);
    this.#readers.restore(readers);
    this.#considering.restore(considering);
    for (const node of up) this.#up.add(node);
  }

  #dispatch(event: Event, turn: Turn): void {
    if (event.kind === "message") {
      this.#route(event.source, event.body, event, turn);
      return;
    }
    if (event.kind === "peer") {
      if (event.up) this.#up.add(event.node);
      else {
        this.#up.delete(event.node);
        this.#considering.onPeerDown(event.node);
      }
    }
    for (const output of this.#coordinating.stepOpen(event, turn)) this.#take(output, turn);
    for (const output of this.#participating.stepOpen(event, turn)) this.#take(output, turn);
  }

  #route(source: Address, body: Message, event: Event, turn: Turn): void {
    switch (body.kind) {
      case "begin":
      case "ask":
      case "vote":
      case "ack":
        this.#take(this.#coordinating.step(body.txn, event, turn), turn);
        break;
      case "prepare": {
        const ripe = this.#considering.onPrepare(source, body, turn);
        if ("prepare" in ripe) this.#vote(ripe, turn);
        else turn.send(ripe);
        break;
      }
      case "verdict": {
        const ripe = this.#considering.onVerdict(body);
        if (ripe) this.#vote(ripe, turn);
        break;
      }
      case "decide":
      case "undecided":
        this.#take(this.#participating.step(body.txn, event, turn), turn);
        break;
      case "inquire": {
        const ledger = body.role === "coordinator" ? this.#coordinating : this.#participating;
        this.#take(ledger.step(body.txn, event, turn), turn);
        break;
      }
      case "read":
        turn.send(this.#readers.onRead(source, body, this.#locks, turn));
        break;
      case "outcome":
      case "values":
      case "consider":
      case "lapsed":
        break; // Meant for clients.
    }
  }

  /** The role votes, or repeats its vote. */
  #vote(ripe: Ripe, turn: Turn): void {
    const { coordinator: source, prepare: body, ruling } = ripe;
    turn.ruling = ruling;
    const output = this.#participating.step(body.txn, { kind: "message", source, body }, turn);
    this.#take(output, turn);
    turn.send(this.#considering.onVote(ripe, output));
    turn.ruling = this.#considering.validator;
  }

  #take(output: Output, turn: Turn): void {
    if (output === SILENCE) return;
    for (const { record } of output.records) this.#lock(record);
    turn.add(output);
  }

  /** Locks follow from the log: held from `prepared` to `concluded`, live and at replay alike. */
  #lock(record: LogRecord): void {
    if (record.kind === "prepared") {
      this.#locks.acquire(record.txn, { writes: record.writes.map(({ key }) => key), reads: record.reads });
    } else if (record.kind === "concluded") {
      this.#locks.release(record.txn);
    }
  }

  #forget(turn: Turn): void {
    for (const ledger of [this.#coordinating, this.#participating]) {
      const record = ledger.forget(this.#options.settings.retainedOutcomes);
      if (record) turn.add({ records: [{ record, forced: false }], writes: [], messages: [] });
    }
  }
}
