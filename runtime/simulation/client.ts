/** A simulated client: it asks one thing after the other, waits for a while, and asks again what it was not told. */

import { dueAt, expiryIn } from "../../actors/expiry.js";
import type { OutcomeReport, Read, Values } from "../../actors/message.js";
import { homeOf, type Millis, type NodeId, type ProtocolName, type TxnId } from "../../actors/transaction.js";
import { shownBy } from "./clock.js";
import type { SimulatedCluster } from "./cluster.js";
import { FunctionRun, type Ground } from "./function-run.js";
import type { History } from "./history.js";
import { type Asker, Questions } from "./questions.js";
import type { ExpireRequest, FunctionRequest, ReadRequest, Request, TransactRequest } from "./workload.js";

export type ClientPlan = Asker & { deadlineMs: Millis; requests: readonly Request[] };

/** Who wants to know how a transaction ended. Nothing is said when its client does not ask any more. */
type Then = (report: OutcomeReport | undefined) => void;

/** Before it asks again. */
const PAUSE_MS = 50;

export class SimulatedClient {
  readonly #deadlineMs: Millis;
  readonly #cluster: SimulatedCluster;
  readonly #history: History;
  readonly #questions: Questions;
  #requests: Request[];
  /** Asked for but not told. */
  readonly #unknown = new Map<TxnId, ProtocolName>();
  #leader: NodeId | undefined;
  #settling = false;

  constructor(plan: ClientPlan, cluster: SimulatedCluster, history: History) {
    this.#deadlineMs = plan.deadlineMs;
    this.#cluster = cluster;
    this.#history = history;
    this.#requests = [...plan.requests];
    // An answer that comes late is true all the same.
    this.#questions = new Questions(plan, cluster, (body) => body.kind === "outcome" && this.#hear(body));
    this.#next();
  }

  /** Whether everything it wanted was done, and answered as far as it can be. */
  get isDone(): boolean {
    return this.isIdle && this.#unknown.size === 0;
  }

  /** Whether it has asked for everything, and waits for nothing. */
  get isIdle(): boolean {
    return this.#requests.length === 0 && !this.#questions.isWaiting;
  }

  /** From now on it asks again until it is told for certain, and begins nothing that first looks any more. */
  settle(): void {
    this.#settling = true;
    this.#requests = this.#requests.filter(({ kind }) => kind !== "function" && kind !== "expire");
    if (!this.#questions.isWaiting) this.#next();
  }

  #next(): void {
    const request = this.#requests.shift();
    if (request) {
      const { now } = this.#cluster.agenda;
      const at = request.kind === "transact" && request.atMs !== undefined ? request.atMs : now + request.afterMs;
      this.#questions.pauseUntil(at, () => this.#perform(request));
      return;
    }
    this.#questions.rest();
    const [txn] = this.#unknown.keys();
    if (txn !== undefined && this.#settling) this.#askAgain(txn, () => this.#next());
  }

  #perform(request: Request): void {
    if (request.kind === "transact") this.#upload(request);
    else if (request.kind === "read") this.#read(request);
    else if (request.kind === "function") this.#run(request);
    else this.#expire(request);
  }

  /** Whoever has uploaded the same, or does so meanwhile, meets with this one: the first to leave takes it away. */
  #upload(request: TransactRequest): void {
    const places = (request.uploads ?? []).flatMap(({ digest, nodes }) =>
      nodes.map((node) => ({ digest, staged: this.#cluster.actor(node).contents.staged })),
    );
    for (const { digest, staged } of places) staged.add(digest);
    this.#begin(request, () => {
      for (const { digest, staged } of places) staged.delete(digest);
      this.#next();
    });
  }

  #begin(request: TransactRequest, then: Then): void {
    const { txn, protocol, leader, operations, checks, insists } = request;
    const deadlineMs = this.#deadlineMs;
    this.#history.begin(txn, operations, checks);
    this.#unknown.set(txn, protocol);
    this.#questions.ask<OutcomeReport>(
      this.#coordinatorOf(txn, protocol, leader),
      (number) => ({ kind: "begin", request: number, txn, protocol, operations, checks, deadlineMs }),
      (body) => {
        if (body.refused?.code === "not-leader") this.#follow(body.refused.node, request, then);
        else this.#onOutcome(txn, body, then);
      },
      () => {
        if (insists === "no") then(undefined);
        else if (insists === "asks" || this.#settling) this.#askAgain(txn, then);
        else this.#begin({ ...request, insists: "repeats" }, then);
      },
    );
  }

  /** In an up-set one of them leads, and the others say who. */
  #follow(leader: NodeId | undefined, asked: TransactRequest, then: Then): void {
    this.#leader = leader;
    const { leader: _, ...request } = asked;
    this.#pause(() => this.#begin(request, then));
  }

  /** To settle is to rule out for good what was never recorded: what the gateway does after a restart. */
  #askAgain(txn: TxnId, then: Then): void {
    this.#history.insist(txn);
    const protocol = this.#unknown.get(txn) ?? "2pc";
    this.#questions.ask<OutcomeReport>(
      this.#knowerOf(txn, protocol),
      (request) => ({ kind: "ask", request, txn, protocol, settle: true }),
      (body) => this.#onOutcome(txn, body, then),
      () => (this.#settling ? this.#askAgain(txn, then) : then(undefined)),
    );
  }

  #onOutcome(txn: TxnId, report: OutcomeReport, then: Then): void {
    if (report.standing.state === "undecided" && !report.refused) return this.#pause(() => this.#askAgain(txn, then));
    this.#hear(report);
    this.#unknown.delete(txn);
    then(report);
  }

  #read({ replica, keys, consistency }: ReadRequest): void {
    const began = this.#history.tick();
    const deadlineMs = this.#deadlineMs;
    this.#questions.ask<Values>(
      replica,
      (request): Read => ({ kind: "read", request, keys, consistency, deadlineMs }),
      ({ values }) => {
        const ended = this.#history.tick();
        const reading = { kind: "reading", replica, keys, pages: [], consistency, began, ended } as const;
        if (values) this.#history.readings.push({ ...reading, values, answer: values });
        this.#next();
      },
      () => this.#next(),
    );
  }

  #run(request: FunctionRequest): void {
    const ground: Ground = {
      history: this.#history,
      read: (replica, read, onAnswer, onLate) => {
        const deadlineMs = this.#deadlineMs;
        this.#questions.ask<Values>(replica, (number) => ({ ...read, request: number, deadlineMs }), onAnswer, onLate);
      },
      transact: (asked, then) => this.#begin(asked, then),
      mayRetry: () => !this.#settling,
      pause: (ms, work) => this.#pause(work, ms),
      done: () => this.#next(),
    };
    new FunctionRun(request, ground).start();
  }

  /** Whatever became of it: what is still there is found by the next request. */
  #expire({ replica, aheadMs, limit, ...asked }: ExpireRequest): void {
    const ranges = [{ range: dueAt(shownBy(this.#cluster.agenda, aheadMs)), limit, reverse: false }];
    const deadlineMs = this.#deadlineMs;
    this.#questions.ask<Values>(
      replica,
      (request): Read => ({ kind: "read", request, keys: [], ranges, consistency: "committed", deadlineMs }),
      ({ pages }) => {
        const operations = (pages?.[0]?.entries ?? []).map(({ key }) => expiryIn(key));
        if (operations.length === 0) this.#next();
        else this.#begin({ ...asked, kind: "transact", operations, checks: [] }, () => this.#next());
      },
      () => this.#next(),
    );
  }

  #pause(work: () => void, ms = PAUSE_MS): void {
    this.#questions.pauseUntil(this.#cluster.agenda.now + ms, work);
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
