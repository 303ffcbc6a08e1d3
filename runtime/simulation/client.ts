/** A simulated client: it asks one thing after the other, waits for a while, and asks again what it was not told. */

import type { Envelope, Message, OutcomeReport, Read, Values } from "../../actors/message.js";
import { homeOf, type Millis, type NodeId, type ProtocolName, type TxnId } from "../../actors/transaction.js";
import type { SimulatedCluster } from "./cluster.js";
import type { History } from "./history.js";
import type { Request } from "./workload.js";

export type ClientPlan = {
  address: string;
  deadlineMs: Millis;
  /** How long it waits before it asks again, or gives up. */
  patienceMs: Millis;
  requests: readonly Request[];
};

/** Before it asks again. */
const PAUSE_MS = 50;

export class SimulatedClient {
  readonly #plan: ClientPlan;
  readonly #cluster: SimulatedCluster;
  readonly #history: History;
  readonly #requests: Request[];
  /** What it waits for: the number of the question, and what to do with its answer. */
  #waiting: { request: number; onAnswer(body: OutcomeReport | Values): void } | undefined;
  /** Asked for but not told. */
  readonly #unknown = new Map<TxnId, ProtocolName>();
  #request = 0;
  #leader: NodeId | undefined;
  #settling = false;

  constructor(plan: ClientPlan, cluster: SimulatedCluster, history: History) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#history = history;
    this.#requests = [...plan.requests];
    cluster.join(plan.address, (envelope) => this.#receive(envelope));
    this.#next();
  }

  /** Whether everything it wanted was done, and answered as far as it can be. */
  get isDone(): boolean {
    return this.isIdle && this.#unknown.size === 0;
  }

  /** Whether it has asked for everything, and waits for nothing. */
  get isIdle(): boolean {
    return this.#requests.length === 0 && !this.#waiting;
  }

  /** From now on it asks again until it is told for certain. */
  settle(): void {
    this.#settling = true;
    if (!this.#waiting) this.#next();
  }

  #next(): void {
    const request = this.#requests.shift();
    if (request) {
      this.#cluster.agenda.after(request.afterMs, () => this.#perform(request));
      // Keeps `isDone` false until then.
      this.#waiting = { request: 0, onAnswer: () => undefined };
      return;
    }
    this.#waiting = undefined;
    const [txn] = this.#unknown.keys();
    if (txn !== undefined && this.#settling) this.#askAgain(txn);
  }

  #perform(request: Request): void {
    if (request.kind === "transact") this.#begin(request);
    else this.#read(request);
  }

  #begin(request: Extract<Request, { kind: "transact" }>): void {
    const { txn, protocol, leader, operations, checks, insists } = request;
    const { deadlineMs } = this.#plan;
    this.#history.begin(txn, operations, checks);
    this.#unknown.set(txn, protocol);
    this.#ask(
      this.#coordinatorOf(txn, protocol, leader),
      (number) => ({ kind: "begin", request: number, txn, protocol, operations, checks, deadlineMs }),
      (body) => {
        const { refused } = body as OutcomeReport;
        if (refused?.code === "not-leader") this.#follow(refused.node, request);
        else this.#onOutcome(txn, body as OutcomeReport);
      },
      () => {
        if (insists === "no") this.#next();
        else if (insists === "asks" || this.#settling) this.#askAgain(txn);
        else this.#begin({ ...request, insists: "repeats" });
      },
    );
  }

  /** In an up-set one of them leads, and the others say who. */
  #follow(leader: NodeId | undefined, asked: Extract<Request, { kind: "transact" }>): void {
    this.#leader = leader;
    const { leader: _, ...request } = asked;
    this.#waiting = { request: 0, onAnswer: () => undefined };
    this.#cluster.agenda.after(PAUSE_MS, () => this.#begin(request));
  }

  /** To settle is to rule out for good what was never recorded: what the gateway does after a restart. */
  #askAgain(txn: TxnId): void {
    this.#history.insist(txn);
    const protocol = this.#unknown.get(txn) ?? "2pc";
    this.#ask(
      this.#knowerOf(txn, protocol),
      (request) => ({ kind: "ask", request, txn, protocol, settle: true }),
      (body) => this.#onOutcome(txn, body as OutcomeReport),
      () => (this.#settling ? this.#askAgain(txn) : this.#next()),
    );
  }

  #onOutcome(txn: TxnId, { standing, refused }: OutcomeReport): void {
    if (standing.state === "undecided" && !refused) {
      this.#cluster.agenda.after(PAUSE_MS, () => this.#askAgain(txn));
      this.#waiting = { request: 0, onAnswer: () => undefined };
      return;
    }
    if (standing.state === "committed" || standing.state === "aborted") this.#history.tell(txn, standing.state);
    this.#unknown.delete(txn);
    this.#next();
  }

  #read({ replica, keys, consistency }: Extract<Request, { kind: "read" }>): void {
    const began = this.#history.tick();
    const { deadlineMs } = this.#plan;
    this.#ask(
      replica,
      (request): Read => ({ kind: "read", request, keys, consistency, deadlineMs }),
      (body) => {
        const { values } = body as Values;
        const ended = this.#history.tick();
        if (values) this.#history.readings.push({ kind: "reading", replica, keys, consistency, began, ended, values });
        this.#next();
      },
      () => this.#next(),
    );
  }

  #ask(
    node: NodeId,
    question: (request: number) => Message,
    onAnswer: (body: OutcomeReport | Values) => void,
    onLate: () => void,
  ): void {
    this.#request += 1;
    const request = this.#request;
    const waiting = { request, onAnswer };
    this.#waiting = waiting;
    const { address, patienceMs } = this.#plan;
    this.#cluster.network.send({ source: address, target: node, epoch: 1, seq: request, bodies: [question(request)] });
    this.#cluster.agenda.after(patienceMs, () => this.#waiting === waiting && onLate());
  }

  #receive({ bodies }: Envelope): void {
    for (const body of bodies) {
      if (body.kind !== "outcome" && body.kind !== "values") continue;
      const waiting = this.#waiting;
      if (waiting && waiting.request === body.request) waiting.onAnswer(body);
      // An answer that comes late is true all the same.
      else if (body.kind === "outcome") this.#hear(body);
    }
  }

  #hear({ txn, standing }: OutcomeReport): void {
    if (standing.state === "committed" || standing.state === "aborted") this.#history.tell(txn, standing.state);
  }

  /** In three-phase commit any node may lead, above all while the one that an id belongs to is down. */
  #coordinatorOf(txn: TxnId, protocol: ProtocolName, leader: NodeId | undefined): NodeId {
    const { coordinators, nodes } = this.#cluster;
    const home = homeOf(txn, coordinators);
    if (protocol === "2pc") return home;
    const wanted = [this.#leader, leader, home, ...nodes].filter((node) => node !== undefined);
    return wanted.find((node) => this.#cluster.actor(node).isUp) ?? home;
  }

  /** In three-phase commit any participant knows, or can rule it out. */
  #knowerOf(txn: TxnId, protocol: ProtocolName): NodeId {
    const { coordinators, replicas } = this.#cluster;
    if (protocol === "2pc") return homeOf(txn, coordinators);
    return replicas.find((node) => this.#cluster.actor(node).isUp) ?? homeOf(txn, replicas);
  }
}
