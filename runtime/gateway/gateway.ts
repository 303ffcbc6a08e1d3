/** The cluster's client on its data plane: it numbers questions, matches answers, and knows when to stop waiting. */

import type {
  Answer,
  Begin,
  ChangesReport,
  Consider,
  Envelope,
  Follow,
  Lapsed,
  Message,
  OutcomeReport,
  Read,
  Values,
} from "../../actors/message.js";
import {
  homeOf,
  type Millis,
  type NodeId,
  type Position,
  type ProtocolName,
  type TxnId,
} from "../../actors/transaction.js";
import type { OutcomeAnswer, Result } from "../api.js";
import type { Clock } from "../clock.js";
import type { Membership } from "../config.js";
import { AyesError } from "../errors.js";
import type { Transport } from "../transport/transport.js";
import { Outbox } from "./outbox.js";
import { answerOf, isDown, notBegun, positionOf, type ReadAnswer, readOf, refuse, resultOf } from "./results.js";

export type GatewayOptions = {
  address: string;
  cluster: string;
  epoch: number;
  coordinators: readonly NodeId[];
  membership: Membership;
  replicas: readonly NodeId[];
  transport: Transport;
  clock: Clock;
  /** What a node says of its own accord. */
  hear?(body: Consider | Lapsed, node: NodeId): void;
};

/** What to read, from which replica: any of them when it is undefined. */
export type ReadQuestion = Omit<Read, "kind" | "request"> & { replica: NodeId | undefined };
export type FollowQuestion = Omit<Follow, "kind" | "request"> & { replica: NodeId | undefined };

type Unnumbered = Omit<Read, "request"> | Omit<Follow, "request">;

/** Questions under way at most; more are refused at once. */
const LIMIT = 10_000;
/** How much longer than a node the gateway waits, so that the node's answer comes first. */
const GRACE_MS = 1000;
const SWEEP_MS = 50;

type Waiting = {
  /** The node that was asked; undefined when it is whoever comes up next. */
  node: NodeId | undefined;
  until: Millis;
  onAnswer(body: Answer, node: NodeId): void;
  onLate(): void;
  onPeer(up: boolean): void;
};

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #up = new Set<NodeId>();
  readonly #outbox: Outbox;
  readonly #sweeper: NodeJS.Timeout;
  #leader: NodeId;
  /** The largest position that a client was told of as that of its commit. */
  acknowledged: Position = 0;
  #request = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options);
    this.#leader = options.replicas[0] ?? "";
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** Whether somebody runs who can coordinate this id. */
  canBegin(txn: TxnId, protocol: ProtocolName): boolean {
    return this.#coordinatorOf(txn, protocol) !== undefined;
  }

  /**
   * Runs a transaction. Never rejects: what may have happened is `unknown`. So is what was not even begun now, since an
   * earlier question under the same id may have committed; who knows that there was none says so with `ofFreshId`.
   */
  begin(question: Omit<Begin, "kind" | "request">): Promise<Result> {
    const { txn, protocol, deadlineMs } = question;
    const node = this.#coordinatorOf(txn, protocol);
    if (this.#waiting.size >= LIMIT) return notBegun(txn, "overloaded");
    if (node === undefined) return notBegun(txn, "unavailable", this.#homeOf(txn));
    return new Promise((resolve) => {
      const settle = () => this.#settle(request, txn, protocol);
      const request = this.#ask(node, deadlineMs, {
        onAnswer: (body) => {
          const { refused } = body as OutcomeReport;
          if (refused?.code === "not-leader")
            return this.#follow(refused.node, { kind: "begin", request, ...question });
          const result = resultOf(txn, body as OutcomeReport, this.#options.cluster);
          if (result) this.#end(request, () => resolve(result));
          else setTimeout(settle, SWEEP_MS).unref();
        },
        onLate: () => resolve({ outcome: "unknown", txn, why: { code: "timeout", node } }),
        // A coordinator that is back knows whether it had decided, and rules it out for good if it had not. In
        // three-phase commit the participants know, or will when they have elected another one.
        onPeer: (up) => (up || protocol === "3pc") && settle(),
      });
      this.#outbox.post(node, { kind: "begin", request, ...question });
    });
  }

  /** What its coordinator knows of a transaction, or a participant, if that one knows nothing. */
  outcome(txn: TxnId, deadlineMs: Millis): Promise<OutcomeAnswer> {
    const home = this.#homeOf(txn);
    return new Promise<OutcomeAnswer>((resolve, reject) => {
      const first = this.#up.has(home) ? home : this.#liveReplica();
      if (first === undefined) throw isDown(home);
      const protocol = first === home && this.#options.membership === "all" ? "2pc" : "3pc";
      const question = { kind: "ask", txn, settle: false } as const;
      const request = this.#ask(first, deadlineMs, {
        onAnswer: (body, node) => {
          const { standing } = body as OutcomeReport;
          const other = this.#liveReplica();
          const isLast = standing.state !== "unseen" || node !== home || other === undefined || other === home;
          if (!isLast) this.#move(request, other, { ...question, request, protocol: "3pc" });
          else if (standing.state === "unseen" && !this.#up.has(home)) this.#end(request, () => reject(isDown(home)));
          else this.#end(request, () => resolve(answerOf(txn, standing)));
        },
        onLate: () => reject(new AyesError("timeout", `${first} did not answer`, { node: first })),
        onPeer: (up) => up && this.#outbox.post(first, { ...question, request, protocol }),
      });
      this.#outbox.post(first, { ...question, request, protocol });
    }).catch(refuse);
  }

  /** Reads at one replica; at another one when that goes down, unless it was named. */
  async read({ replica: named, ...read }: ReadQuestion): Promise<ReadAnswer> {
    const [values, replica] = await this.#consult(named, { kind: "read", ...read }).catch(refuse);
    return readOf(values as Values, replica);
  }

  /** Is told of changes by one replica; likewise. */
  async follow({ replica: named, ...follow }: FollowQuestion): Promise<ChangesReport & { replica: NodeId }> {
    const [report, replica] = await this.#consult(named, { kind: "follow", ...follow }).catch(refuse);
    return { ...(report as ChangesReport), replica };
  }

  receive(envelope: Envelope): void {
    for (const body of envelope.bodies) {
      if (body.kind === "outcome") this.acknowledged = Math.max(this.acknowledged, positionOf(body));
      if (body.kind === "outcome" || body.kind === "values" || body.kind === "changes") {
        this.#waiting.get(body.request)?.onAnswer(body, envelope.source);
      } else if (body.kind === "consider" || body.kind === "lapsed") {
        this.#options.hear?.(body, envelope.source);
      }
    }
  }

  /** Says something that nobody answers. */
  tell(node: NodeId, body: Message): void {
    this.#outbox.post(node, body);
  }

  peer(node: NodeId, up: boolean): void {
    if (up) this.#up.add(node);
    else this.#up.delete(node);
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.node === node || (up && waiting.node === undefined)) waiting.onPeer(up);
    }
  }

  /** Whether a client waits for an answer. */
  get isAsked(): boolean {
    return this.#waiting.size > 0;
  }

  /** Ends every wait as late. */
  close(): void {
    clearInterval(this.#sweeper);
    for (const [request, waiting] of [...this.#waiting]) this.#end(request, () => waiting.onLate());
  }

  #ask(node: NodeId, deadlineMs: Millis, handlers: Pick<Waiting, "onAnswer" | "onLate" | "onPeer">): number {
    this.#request += 1;
    this.#waiting.set(this.#request, { node, until: this.#options.clock.now() + deadlineMs + GRACE_MS, ...handlers });
    return this.#request;
  }

  #end(request: number, resolve: () => void): void {
    if (this.#waiting.delete(request)) resolve();
  }

  /** Two-phase commit has one coordinator for an id. In three-phase commit any node may lead while that one is down. */
  #coordinatorOf(txn: TxnId, protocol: ProtocolName): NodeId | undefined {
    const { coordinators, replicas, membership } = this.#options;
    const home = this.#homeOf(txn);
    if (this.#up.has(home)) return home;
    const isFixed = protocol === "2pc" && membership === "all";
    return isFixed ? undefined : [...coordinators, ...replicas].find((node) => this.#up.has(node));
  }

  /** In an up-set it is whoever leads, which is learned from those who do not. */
  #homeOf(txn: TxnId): NodeId {
    const { membership, coordinators } = this.#options;
    return membership === "up-set" ? this.#leader : homeOf(txn, coordinators);
  }

  /** Asks the leader instead; after a while, if that one has gone too. */
  #follow(leader: NodeId = "", begin: Begin): void {
    this.#leader = leader;
    const again = () => {
      const node = this.#coordinatorOf(begin.txn, begin.protocol);
      if (node !== undefined) this.#move(begin.request, node, begin);
    };
    if (this.#up.has(leader)) again();
    else setTimeout(again, SWEEP_MS).unref();
  }

  #settle(request: number, txn: TxnId, protocol: ProtocolName): void {
    const waiting = this.#waiting.get(request);
    if (!waiting) return;
    if (protocol === "3pc") waiting.node = this.#liveReplica();
    const { node } = waiting;
    if (node !== undefined && this.#up.has(node)) {
      this.#outbox.post(node, { kind: "ask", request, txn, protocol, settle: true });
    }
  }

  #liveReplica(): NodeId | undefined {
    return this.#options.replicas.find((replica) => this.#up.has(replica));
  }

  /** Asks somebody else the same. */
  #move(request: number, node: NodeId, question: Message): void {
    const waiting = this.#waiting.get(request);
    if (waiting) waiting.node = node;
    this.#outbox.post(node, question);
  }

  #replica(named: NodeId | undefined): NodeId {
    const { replicas } = this.#options;
    if (named !== undefined) {
      if (!replicas.includes(named)) {
        throw new AyesError("no-such-node", `there is no replica ${named}; there are ${replicas.join(", ")}`);
      }
      if (!this.#up.has(named)) throw new AyesError("unavailable", `${named} is down`, { node: named });
      return named;
    }
    const up = replicas.filter((replica) => this.#up.has(replica));
    const chosen = up[Math.floor(Math.random() * up.length)];
    if (chosen === undefined) throw new AyesError("unavailable", "no replica is up");
    return chosen;
  }

  #consult(named: NodeId | undefined, question: Unnumbered): Promise<[Answer, NodeId]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= LIMIT) throw new AyesError("overloaded");
      const node = this.#replica(named);
      const request = this.#ask(node, question.deadlineMs, {
        onAnswer: (body, replica) => this.#end(request, () => resolve([body, replica])),
        onLate: () => reject(new AyesError("timeout", `${node} did not answer`, { node })),
        onPeer: (up) => {
          try {
            if (!up) this.#move(request, this.#replica(named), { ...question, request });
          } catch (error) {
            this.#end(request, () => reject(error));
          }
        },
      });
      this.#outbox.post(node, { ...question, request });
    });
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const [request, waiting] of this.#waiting) {
      if (now >= waiting.until) this.#end(request, () => waiting.onLate());
    }
  }
}
