/** One node: it replays its log, hands each event to whom it concerns, and gathers what one turn wants done. */

import { Considering } from "./considering.js";
import { Constraints } from "./constraints.js";
import type { InDoubt } from "./doubt.js";
import { Followers, type Following } from "./followers.js";
import type { ForcedOrder } from "./forced.js";
import type { Held } from "./locks.js";
import { Membership, type Surroundings } from "./membership/membership.js";
import { Reception, type Request } from "./membership/reception.js";
import type { Founders, MembershipStatus } from "./membership/survey.js";
import { isChange } from "./membership/view.js";
import type { Message, Prepare } from "./message.js";
import { type Event, type Outgoing, type Output, type Settings, SILENCE, type World } from "./protocol.js";
import { Readers, type Waiting } from "./readers.js";
import type { LogRecord } from "./record.js";
import type { Testimony } from "./testimony.js";
import type { Address, Millis, NodeId, Position, Reach, TxnId } from "./transaction.js";
import { type Roles, Transactions, type TransactionsSnapshot } from "./transactions.js";
import { Turn, type Word } from "./turn.js";
import type { Rule, Validator } from "./validator.js";

export type NodeOptions = {
  self: NodeId;
  /** All nodes, in the order in which they are elected. */
  nodes: readonly NodeId[];
  /** Those that hold data and vote. */
  replicas: readonly NodeId[];
  epoch: number;
  /** How far it has come, as far as its storage knows; a new one has nothing. */
  reach?: Reach;
  settings: Settings;
  /** Only with membership `up-set`: who has to be there when the first view is made. */
  founders?: Founders | undefined;
  /** What rules its votes; nothing unless given. */
  validator?: Validator | undefined;
  /** The client who is asked for verdicts. */
  judge?: Address;
  /** Other rules than ours: to see that what checks them notices. */
  roles?: Partial<Roles>;
};

/** All that decides how a node of membership `all` goes on, as plain data that nobody changes. */
export type NodeSnapshot = TransactionsSnapshot & {
  readers: Waiting[];
  followers: Following[];
  /** What the failure detector said last. */
  peers: [NodeId, Word][];
};

export class Node {
  readonly #options: NodeOptions;
  readonly #transactions: Transactions;
  readonly #readers = new Readers();
  readonly #constraints = new Constraints();
  readonly #followers = new Followers();
  readonly #peers = new Map<NodeId, Word>();
  readonly #membership: Membership | undefined;
  readonly #reception = new Reception();
  #started = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    const considering = new Considering(options.judge ?? "", options.validator);
    this.#transactions = new Transactions(options, options.roles, considering);
    this.#membership = options.founders && new Membership(options.founders);
    this.#peers.set(options.self, { up: true, epoch: options.epoch });
  }

  /** Folds one record of the log, oldest first, before the first turn. */
  replay(record: LogRecord): void {
    if (record.kind === "survived") this.#membership?.recall(record);
    else this.#transactions.replay(record);
  }

  /** Steps the roles over a batch of events. Nothing of the output may be seen before its records are durable. */
  turn(events: Iterable<Event>, world: World): Output {
    const turn = new Turn(this.#options, world, this.#peers, this.#transactions, this.#constraints);
    if (!this.#started) this.#membership?.start(turn);
    this.#started = true;
    turn.ruling = this.#transactions.validator;
    this.#transactions.expire(turn.now);
    this.#convene(turn);
    for (const event of events) this.#dispatch(event, turn);
    if (this.#membership) this.#settle(this.#membership, turn);
    turn.send(this.#readers.wake(this.#transactions.locks, turn));
    turn.send(this.#followers.wake(turn));
    for (const record of this.#transactions.forget()) {
      turn.add({ records: [{ record, forced: false }], writes: [], messages: [] });
    }
    return turn.output;
  }

  /** How far its positions have come, and from where on it knows all changes: durable with every commit. */
  get positions(): Reach & { frontier: Position } {
    const { clock, begin, frontier } = this.#transactions.positions;
    return { clock, begin, frontier };
  }

  /** The earliest instant at which this node wants an alarm. */
  deadline(): Millis | undefined {
    const clients = [this.#readers.deadline(), this.#followers.deadline(this.#transactions.positions.frontier)];
    const wanted = [...this.#transactions.deadlines(), ...clients, this.#membership?.deadline()];
    const known = wanted.filter((at) => at !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Every transaction that this node has not seen the end of. */
  inDoubt(): InDoubt[] {
    return this.#transactions.inDoubt();
  }

  /** What people have forced here, as long as it is not known to be right. */
  forced(): ForcedOrder[] {
    return this.#transactions.forced();
  }

  /** What its log proves of a transaction. */
  testify(txn: TxnId): Testimony {
    return this.#transactions.testify(txn);
  }

  /** How many readers wait for each transaction. */
  waiters(): ReadonlyMap<TxnId, number> {
    return this.#readers.waiters(this.#transactions.locks);
  }

  /** Only with membership `up-set`. */
  membership(): MembershipStatus | undefined {
    return this.#membership?.status(this.#options.self, this.#options.nodes);
  }

  /** Whether it knows that this node is down and waits for no votes: until it hears otherwise, it will not begin to. */
  restsWithout(node: NodeId): boolean {
    return this.#peers.get(node)?.up !== true && this.#transactions.rests();
  }

  /** Whether it answers reads now. One that catches up with the others does not. */
  get serves(): boolean {
    return this.#membership?.serves ?? true;
  }

  /** What rules its votes. */
  get validator(): Validator {
    return this.#transactions.validator;
  }

  /** Rules the votes of later turns. */
  validate(rule: Rule | Validator): void {
    this.#transactions.validate(rule);
  }

  /** Sizes of everything that could grow. */
  sizes(): { locks: number; readers: number; followers: number; considering: number; held: number; outcomes: number } {
    return {
      ...this.#transactions.sizes(),
      readers: this.#readers.size,
      followers: this.#followers.size,
      held: this.#reception.size,
    };
  }

  locks(): Held[] {
    return this.#transactions.locks.list();
  }

  snapshot(): NodeSnapshot {
    return {
      ...this.#transactions.snapshot(),
      readers: this.#readers.snapshot(),
      followers: this.#followers.snapshot(),
      peers: [...this.#peers],
    };
  }

  /** Goes on where another one was; only for a new node with the same options. */
  restore({ readers, followers, peers, ...transactions }: NodeSnapshot): void {
    this.#transactions.restore(transactions);
    this.#readers.restore(readers);
    this.#followers.restore(followers);
    for (const [node, word] of peers) this.#peers.set(node, word);
  }

  #dispatch(event: Event, turn: Turn): void {
    if (event.kind === "message") {
      this.#route(event.source, event.body, turn);
      return;
    }
    if (event.kind === "peer") this.#peers.set(event.node, { up: event.up, epoch: event.epoch });
    for (const output of this.#transactions.stepOpen(event, turn)) this.#take(output, turn);
    if (event.kind !== "peer" || !this.#membership) return;
    this.#take(this.#membership.onPeer(event, this.#surroundings(turn), turn), turn);
  }

  #route(source: Address, body: Message, turn: Turn): void {
    switch (body.kind) {
      case "outcome":
      case "values":
      case "changes":
      case "consider":
      case "lapsed":
        break; // Meant for clients.
      case "join":
      case "offer":
      case "want":
      case "rows":
      case "ends":
        if (this.#membership)
          this.#take(this.#membership.onMessage(source, body, this.#surroundings(turn), turn), turn);
        break;
      case "begin":
      case "ask":
      case "read":
      case "follow":
        this.#receive({ source, body }, turn);
        break;
      case "prepare": {
        const objection = this.#membership?.objectionTo(body, turn);
        if (objection !== undefined) turn.send([this.#refusal(source, body, objection)]);
        else this.#take(this.#transactions.onMessage(source, body, turn), turn);
        break;
      }
      default:
        this.#take(this.#transactions.onMessage(source, body, turn), turn);
    }
  }

  /** UP4. No promise: if it is asked again, it may say yes. */
  #refusal(target: NodeId, { protocol, txn, attempt }: Prepare, detail: string): Outgoing {
    const why = { code: "unavailable" as const, node: this.#options.self, detail };
    return { target, body: { kind: "vote", protocol, txn, attempt, vote: "no", why } };
  }

  #receive(request: Request, turn: Turn): void {
    if (this.#membership) {
      const { self, nodes } = this.#options;
      const passes = this.#reception.pass(request, this.#membership, this.#membership.leader(nodes), self, turn.now);
      if (typeof passes !== "boolean") turn.send([passes]);
      if (passes !== true) return;
    }
    this.#serve(request, turn);
  }

  #serve({ source, body }: Request, turn: Turn): void {
    if (body.kind === "follow") turn.send(this.#followers.onFollow(source, body, turn));
    else if (body.kind === "read") turn.send(this.#readers.onRead(source, body, this.#transactions.locks, turn));
    else this.#take(this.#transactions.onMessage(source, body, turn), turn);
  }

  /** What membership wants done at the end of a turn, and what has waited for it. */
  #settle(membership: Membership, turn: Turn): void {
    const around = this.#surroundings(turn);
    this.#take(membership.onAlarm(around, turn), turn);
    this.#take(membership.onQuiet(around, turn), turn);
    for (const request of this.#reception.release(membership, turn.now)) this.#receive(request, turn);
  }

  #surroundings(turn: Turn): Surroundings {
    const transactions = this.#transactions;
    return {
      isQuiet: () => transactions.isQuiet(),
      ends: () => transactions.ends(),
      adopt: (records) => transactions.adopt(records),
      begin: (begin) => transactions.onMessage(this.#options.self, begin, turn),
    };
  }

  #take(output: Output, turn: Turn): void {
    if (output === SILENCE) return;
    this.#transactions.took(output);
    turn.add(output);
    const { records, writes } = output;
    if (!this.#membership) return;
    for (const { record } of records) {
      if (record.kind !== "prepared" || !isChange(record.writes)) continue;
      this.#membership.promised(record.txn, this.#transactions.incarnationsIn(record.txn));
    }
    if (writes.length === 0) return;
    this.#take(this.#membership.wrote(writes, turn), turn);
    this.#convene(turn);
  }

  /** Who votes from now on. */
  #convene(turn: Turn): void {
    if (!this.#membership) return;
    turn.replicas = this.#membership.electorate;
    turn.view = this.#membership.version;
  }
}
