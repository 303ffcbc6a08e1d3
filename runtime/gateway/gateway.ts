/** The cluster's client on its data plane: it numbers questions, matches answers, and knows when to stop waiting. */

import type {
  Begin,
  Consider,
  Consistency,
  Envelope,
  Lapsed,
  Message,
  OutcomeReport,
  Values,
} from "../../actors/message.js";
import {
  homeOf,
  type Key,
  type Millis,
  type NodeId,
  type Standing,
  type Stored,
  type TxnId,
} from "../../actors/transaction.js";
import type { OutcomeAnswer, Result } from "../api.js";
import type { Clock } from "../clock.js";
import { AyesError, ERRORS } from "../errors.js";
import type { Transport } from "../transport/transport.js";

export type GatewayOptions = {
  address: string;
  epoch: number;
  coordinators: readonly NodeId[];
  replicas: readonly NodeId[];
  transport: Transport;
  clock: Clock;
  /** What a node says of its own accord. */
  hear?(body: Consider | Lapsed, node: NodeId): void;
};

export type ReadQuestion = { key: Key; consistency: Consistency; replica: NodeId | undefined; deadlineMs: Millis };
export type ReadAnswer = { stored: Stored | undefined; replica: NodeId; waited: boolean };

/** Questions under way at most; more are refused at once. */
const LIMIT = 10_000;
/** How much longer than a node the gateway waits, so that the node's answer comes first. */
const GRACE_MS = 1000;
const SWEEP_MS = 50;

type Waiting = {
  /** The node that was asked. */
  node: NodeId;
  until: Millis;
  onAnswer(body: OutcomeReport | Values, node: NodeId): void;
  onLate(): void;
  onPeer(up: boolean): void;
};

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #up = new Set<NodeId>();
  readonly #sweeper: NodeJS.Timeout;
  #outbox = new Map<NodeId, Message[]>();
  #request = 0;
  #seq = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** Whether the coordinator of this id runs. */
  canBegin(txn: TxnId): boolean {
    return this.#up.has(homeOf(txn, this.#options.coordinators));
  }

  /**
   * Runs a transaction. Never rejects: what may have happened is `unknown`. So is what was not even begun now, since an
   * earlier question under the same id may have committed; who knows that there was none says so with `ofFreshId`.
   */
  begin(question: Omit<Begin, "kind" | "request">): Promise<Result> {
    const { txn, deadlineMs } = question;
    const node = homeOf(txn, this.#options.coordinators);
    if (this.#waiting.size >= LIMIT) return Promise.resolve(notBegun(txn, "overloaded"));
    if (!this.#up.has(node)) return Promise.resolve(notBegun(txn, "unavailable", node));
    return new Promise((resolve) => {
      const request = this.#ask(node, deadlineMs, {
        onAnswer: (body) => {
          const result = resultOf(txn, body as OutcomeReport);
          if (result) this.#end(request, () => resolve(result));
          else setTimeout(() => this.#settle(request, txn, node), SWEEP_MS).unref();
        },
        onLate: () => resolve({ outcome: "unknown", txn, why: { code: "timeout", node } }),
        // A coordinator that is back knows whether it had decided, and rules it out for good if it had not.
        onPeer: (up) => up && this.#settle(request, txn, node),
      });
      this.#post(node, { kind: "begin", request, ...question });
    });
  }

  /** What its coordinator knows of a transaction. */
  outcome(txn: TxnId, deadlineMs: Millis): Promise<OutcomeAnswer> {
    const node = homeOf(txn, this.#options.coordinators);
    return new Promise((resolve, reject) => {
      if (!this.#up.has(node)) throw new AyesError("unavailable", `its coordinator ${node} is down`, { node });
      const request = this.#ask(node, deadlineMs, {
        onAnswer: (body) => this.#end(request, () => resolve(answerOf(txn, (body as OutcomeReport).standing))),
        onLate: () => reject(new AyesError("timeout", `${node} did not answer`, { node })),
        onPeer: (up) => up && this.#post(node, { kind: "ask", request, txn, settle: false }),
      });
      this.#post(node, { kind: "ask", request, txn, settle: false });
    });
  }

  /** Reads a key at one replica; at another one when that goes down, unless it was named. */
  read(question: ReadQuestion): Promise<ReadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= LIMIT) throw new AyesError("overloaded");
      const node = this.#replica(question.replica);
      const request = this.#ask(node, question.deadlineMs, {
        onAnswer: (body, replica) => this.#end(request, () => settleRead(body as Values, replica, resolve, reject)),
        onLate: () => reject(new AyesError("timeout", `${node} did not answer`, { node, key: question.key })),
        onPeer: (up) => up || this.#retryRead(request, question, reject),
      });
      this.#postRead(node, request, question);
    });
  }

  receive(envelope: Envelope): void {
    for (const body of envelope.bodies) {
      if (body.kind === "outcome" || body.kind === "values") {
        this.#waiting.get(body.request)?.onAnswer(body, envelope.source);
      } else if (body.kind === "consider" || body.kind === "lapsed") {
        this.#options.hear?.(body, envelope.source);
      }
    }
  }

  /** Says something that nobody answers. */
  tell(node: NodeId, body: Message): void {
    this.#post(node, body);
  }

  peer(node: NodeId, up: boolean): void {
    if (up) this.#up.add(node);
    else this.#up.delete(node);
    for (const waiting of [...this.#waiting.values()]) if (waiting.node === node) waiting.onPeer(up);
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

  #settle(request: number, txn: TxnId, node: NodeId): void {
    if (this.#waiting.has(request) && this.#up.has(node)) this.#post(node, { kind: "ask", request, txn, settle: true });
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

  #postRead(node: NodeId, request: number, { key, consistency, deadlineMs }: ReadQuestion): void {
    this.#post(node, { kind: "read", request, keys: [key], consistency, deadlineMs });
  }

  #retryRead(request: number, question: ReadQuestion, reject: (error: unknown) => void): void {
    const waiting = this.#waiting.get(request);
    if (!waiting) return;
    try {
      waiting.node = this.#replica(question.replica);
      this.#postRead(waiting.node, request, question);
    } catch (error) {
      this.#end(request, () => reject(error));
    }
  }

  /** Everything asked in one turn of the event loop leaves as one envelope for each node. */
  #post(node: NodeId, body: Message): void {
    if (this.#outbox.size === 0) setImmediate(() => this.#flush());
    const batch = this.#outbox.get(node);
    if (batch) batch.push(body);
    else this.#outbox.set(node, [body]);
  }

  #flush(): void {
    const { address, epoch, transport } = this.#options;
    const outbox = this.#outbox;
    this.#outbox = new Map();
    for (const [target, bodies] of outbox) {
      this.#seq += 1;
      transport.send({ source: address, target, epoch, seq: this.#seq, bodies });
    }
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const [request, waiting] of this.#waiting) {
      if (now >= waiting.until) this.#end(request, () => waiting.onLate());
    }
  }
}

function notBegun(txn: TxnId, code: "overloaded" | "unavailable", node?: NodeId): Result {
  const down = node === undefined ? {} : { node, detail: `its coordinator ${node} is down` };
  return { outcome: "unknown", txn, why: { code, ...down } };
}

/** What was not begun under an id that nobody has used before will never happen. */
export function ofFreshId(result: Result): Result {
  const refused = result.outcome === "unknown" && ERRORS[result.why.code].class === "refused";
  return refused ? { ...result, outcome: "aborted" } : result;
}

/** Undefined while it is undecided. */
function resultOf(txn: TxnId, { standing, refused }: OutcomeReport): Result | undefined {
  if (refused?.code === "id-reused") return { outcome: "aborted", txn, why: refused };
  switch (standing.state) {
    case "committed":
      return { outcome: "committed", txn };
    case "aborted":
      return { outcome: "aborted", txn, why: standing.why };
    case "expired":
    case "unseen":
      return { outcome: "unknown", txn, why: { code: "expired" } };
    case "undecided":
      return undefined;
  }
}

function answerOf(txn: TxnId, standing: Standing): OutcomeAnswer {
  if (standing.state === "aborted") return { outcome: "aborted", txn, why: standing.why };
  return { outcome: standing.state === "unseen" ? "not-found" : standing.state, txn };
}

function settleRead(
  { values, waited, blocked }: Values,
  replica: NodeId,
  resolve: (answer: ReadAnswer) => void,
  reject: (error: unknown) => void,
): void {
  if (values) return resolve({ stored: values[0], replica, waited });
  const about = blocked ? { key: blocked.key, winner: blocked.txn } : {};
  reject(new AyesError("blocked", undefined, { node: replica, ...about }));
}
