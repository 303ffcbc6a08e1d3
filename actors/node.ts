/** One node: it replays its log, routes each event to a role, and gathers what one turn wants done. */

import { Considering, type Ripe } from "./considering.js";
import { Ledger, type LedgerSnapshot } from "./ledger.js";
import { LockTable } from "./locks.js";
import type { Ask, Begin, Message, ProtocolMessage } from "./message.js";
import { type AnyParticipant, Participation, type Protocols } from "./participation.js";
import { type Event, type Output, type Role, type Settings, SILENCE, type World } from "./protocol.js";
import { Readers, type Waiting } from "./readers.js";
import type { CoordinatorRecord, LogRecord, ParticipantRecord } from "./record.js";
import { member } from "./three-phase/member.js";
import { awaited } from "./three-phase/recovery.js";
import type { ProcessState } from "./three-phase/state.js";
import type { Address, Key, Millis, NodeId, TxnId } from "./transaction.js";
import { Turn, type Word } from "./turn.js";
import { type CoordinatorState, coordinator } from "./two-phase/coordinator.js";
import { participant } from "./two-phase/participant.js";
import type { Rule, Validator } from "./validator.js";

/** The rules of all sides of the protocols. */
export type Roles = {
  coordinator: Role<CoordinatorState, CoordinatorRecord>;
  participant: Protocols["2pc"];
  member: Protocols["3pc"];
};

export type NodeOptions = {
  self: NodeId;
  /** All nodes, in the order in which they are elected. */
  nodes: readonly NodeId[];
  /** Those that hold data and vote. */
  replicas: readonly NodeId[];
  epoch: number;
  settings: Settings;
  /** What rules its votes; nothing unless given. */
  validator?: Validator | undefined;
  /** The client who is asked for verdicts. */
  judge?: Address;
  /** Other rules than ours: to see that what checks them notices. */
  roles?: Partial<Roles>;
};

/** All that decides how a node goes on, as plain data that nobody changes. */
export type NodeSnapshot = {
  coordinating: LedgerSnapshot<CoordinatorState, CoordinatorRecord>;
  participating: LedgerSnapshot<AnyParticipant, ParticipantRecord>;
  locks: { txn: TxnId; writes: Key[]; reads: Key[] }[];
  readers: Waiting[];
  considering: ReturnType<Considering["snapshot"]>;
  /** What the failure detector said last. */
  peers: [NodeId, Word][];
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
  readonly #coordinating: Ledger<CoordinatorState, CoordinatorRecord>;
  readonly #participating: Ledger<AnyParticipant, ParticipantRecord>;
  readonly #locks = new LockTable();
  readonly #readers = new Readers();
  readonly #considering: Considering;
  readonly #peers = new Map<NodeId, Word>();

  constructor(options: NodeOptions) {
    this.#options = options;
    const roles = { coordinator, participant, member, ...options.roles };
    this.#coordinating = new Ledger("coordinator", roles.coordinator);
    const protocols = { "2pc": roles.participant, "3pc": roles.member };
    this.#participating = new Ledger("participant", new Participation(protocols));
    this.#peers.set(options.self, { up: true, epoch: options.epoch });
    this.#considering = new Considering(options.judge ?? "", options.validator);
  }

  /** Folds one record of the log, oldest first, before the first turn. */
  replay(record: LogRecord): void {
    switch (record.kind) {
      case "decided":
      case "ended":
        this.#coordinating.replay(record);
        break;
      case "prepared":
      case "precommitted":
      case "regrouped":
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
    const turn = new Turn(this.#options, world, this.#peers, this.#locks);
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
      const waitingFor = state.protocol === "3pc" ? this.#awaited(state) : [state.coordinator];
      return { txn, role: "participant", phase, waitingFor, writes, reads: [...state.reads], at };
    });
    return [...leading, ...following];
  }

  /**
   * Whether it knows that this node is down and waits for no votes: until it hears otherwise, it will not begin to.
   * Whoever takes part in three-phase commit may come to lead it, so of that nothing may be open.
   */
  restsWithout(node: NodeId): boolean {
    if (this.#peers.get(node)?.up === true || this.#coordinating.open().some(({ phase }) => phase === "working"))
      return false;
    return this.#participating.open().every(({ protocol }) => protocol !== "3pc");
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
      peers: [...this.#peers],
    };
  }

  /** Goes on where another one was; only for a new node with the same options. */
  restore({ coordinating, participating, locks, readers, considering, peers }: NodeSnapshot): void {
    this.#coordinating.restore(coordinating);
    this.#participating.restore(participating);
    for (const { txn, ...footprint } of locks) this.#locks.acquire(txn, footprint);
    this.#readers.restore(readers);
    this.#considering.restore(considering);
    for (const [node, word] of peers) this.#peers.set(node, word);
  }

  #dispatch(event: Event, turn: Turn): void {
    if (event.kind === "message") {
      this.#route(event.source, event.body, event, turn);
      return;
    }
    if (event.kind === "peer") {
      this.#peers.set(event.node, { up: event.up, epoch: event.epoch });
      if (!event.up) this.#considering.onPeerDown(event.node);
    }
    for (const output of this.#coordinating.stepOpen(event, turn)) this.#take(output, turn);
    for (const output of this.#participating.stepOpen(event, turn)) this.#take(output, turn);
  }

  #route(source: Address, body: Message, event: Event, turn: Turn): void {
    switch (body.kind) {
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
      case "read":
        turn.send(this.#readers.onRead(source, body, this.#locks, turn));
        break;
      case "outcome":
      case "values":
      case "consider":
      case "lapsed":
        break; // Meant for clients.
      case "begin": {
        const output = this.#ledgerFor(body).step(body.txn, event, turn);
        this.#take(output, turn);
        turn.send(this.#considering.onVote(this.#considering.validator, output, this.#options.self));
        break;
      }
      default:
        this.#take(this.#ledgerFor(body).step(body.txn, event, turn), turn);
    }
  }

  #ledgerFor(body: ProtocolMessage | Begin | Ask): Pick<Ledger<unknown, never>, "step"> {
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
  #ledgerOf(txn: TxnId): Pick<Ledger<unknown, never>, "step"> | undefined {
    if (this.#coordinating.look(txn).phase !== "blank") return this.#coordinating;
    const { protocol, phase } = this.#participating.look(txn);
    return protocol === "3pc" && phase !== "blank" ? this.#participating : undefined;
  }

  #awaited(state: ProcessState): NodeId[] {
    const { duty } = state;
    if (duty.is === "following") return [duty.leader];
    if (duty.is === "recovering") return awaited(state, this.#options.self, this.#options.nodes);
    return "missing" in duty ? [...duty.missing] : [];
  }

  /** The role votes, or repeats its vote. */
  #vote(ripe: Ripe, turn: Turn): void {
    const { coordinator: source, prepare: body, ruling } = ripe;
    turn.ruling = ruling;
    const output = this.#participating.step(body.txn, { kind: "message", source, body }, turn);
    this.#take(output, turn);
    turn.send(this.#considering.onVote(ruling, output, this.#options.self));
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
