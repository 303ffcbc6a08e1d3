/** One simulated run: a faulty phase in which promises may not be broken, then a healed one in which all must settle. */

import type { Millis, NodeId, ProtocolName } from "../../actors/transaction.js";
import { SimulatedClient } from "./client.js";
import { SimulatedCluster } from "./cluster.js";
import { ContentsWatch } from "./contents.js";
import { Evidence } from "./evidence.js";
import { SimulatedFollower } from "./follower.js";
import { History } from "./history.js";
import { judge, type Violation } from "./judge.js";
import { Nemesis } from "./nemesis.js";
import type { Plan } from "./plan.js";
import { Random } from "./random.js";
import type { Request } from "./workload.js";

export type Run = {
  violations: Violation[];
  turns: number;
  transactions: number;
  committed: number;
  /** Simulated time from the healing until everything had settled. */
  settledMs: Millis;
};

/**
 * Everything is settled within this simulated time after the healing: the longest wait and several rounds of asking.
 * A clock that was stepped back makes its node wait that much longer.
 */
export const SETTLE_MS = 10_000;
const LOOK_MS = 25;
/** The transaction that shows that a healed cluster still works. */
const LAST = {
  kind: "transact",
  afterMs: 0,
  operations: [{ op: "put", key: "last", value: "1" }],
  checks: [],
  insists: "asks",
} as const;

/** Removes all that expires, at once. */
const LAST_EXPIRY = {
  kind: "expire",
  afterMs: 0,
  aheadMs: 1_000_000_000,
  limit: 1_000_000,
  txn: "expirer-last.1",
  insists: "asks",
} as const;

/** Runs a plan. `trace` hears what happens, a line each; the same plan gives the same lines. */
export function simulate(plan: Plan, trace?: (line: string) => void): Run {
  const run = new Simulation(plan, trace);
  run.faultyPhase();
  return run.healedPhase();
}

class Simulation {
  readonly #plan: Plan;
  readonly #history: History;
  readonly #evidence: Evidence;
  readonly #cluster: SimulatedCluster;
  readonly #clients: SimulatedClient[];
  readonly #followers: readonly SimulatedFollower[];
  readonly #nemesis: Nemesis;
  readonly #contents = new ContentsWatch();
  readonly #broken: Violation[] = [];

  constructor(plan: Plan, trace: ((line: string) => void) | undefined) {
    this.#plan = plan;
    const rerunsAborted = plan.membership === "up-set";
    this.#history = new History({ copies: plan.weather.copies > 0, rerunsAborted });
    this.#evidence = new Evidence(plan.replicas, plan.membership);
    const chances = { world: new Random(plan.seed, "world"), losses: new Random(plan.seed, "losses") };
    const hasUploads = plan.clients.some(({ requests }) => requests.some((request) => "uploads" in request));
    const lookAt = (node: NodeId) => hasUploads && this.#lookAt(node);
    this.#cluster = new SimulatedCluster(plan, chances, {
      durable: (node, { records, writes }) => this.#evidence.durable(node, records, writes),
      line: (line) => {
        this.#evidence.line(line);
        this.#contents.line(line);
        lookAt(line.node);
      },
      started: lookAt,
      broken: (node, error) => this.#break(`${node}: ${error instanceof Error ? error.message : error}`),
    });
    this.#cluster.trace = trace;
    this.#cluster.startAll();
    const { deadlineMs } = plan;
    this.#clients = plan.clients.map(
      (client) => new SimulatedClient({ ...client, deadlineMs }, this.#cluster, this.#history),
    );
    const random = new Random(plan.seed, "followers");
    this.#followers = ["follower-1", "follower-2"].map((name) => new SimulatedFollower(name, this.#cluster, random));
    this.#nemesis = new Nemesis(this.#cluster, plan.faults);
  }

  faultyPhase(): void {
    const { agenda } = this.#cluster;
    const isBusy = () => this.#clients.some((client) => !client.isIdle);
    while (this.#broken.length === 0 && isBusy() && agenda.step(this.#plan.faultyMs));
  }

  healedPhase(): Run {
    const { agenda } = this.#cluster;
    const healedAt = agenda.now;
    if (this.#broken.length === 0) {
      this.#nemesis.heal();
      for (const client of this.#clients) client.settle();
      for (const follower of this.#followers) follower.rest();
      this.#settle(healedAt);
      this.#work();
      this.#expireAll();
      this.#followToTheEnd();
    }
    const seen = { history: this.#history, evidence: this.#evidence };
    const violations = this.#broken.length > 0 ? this.#cause() : judge(this.#cluster, seen, this.#followers);
    const transactions = [...this.#history.transactions.values()];
    const committed = transactions.filter(({ told }) => told === "committed").length;
    const settledMs = agenda.now - healedAt;
    return { violations, turns: this.#cluster.turns, transactions: transactions.length, committed, settledMs };
  }

  /** What broke, after what had gone wrong before: two that decided apart stop when they hear of each other. */
  #cause(): Violation[] {
    const apart = this.#evidence.findings.map((says): Violation => ({ promise: "agreement", says }));
    return [...apart, ...this.#broken];
  }

  #settle(since: Millis): void {
    const { agenda } = this.#cluster;
    const boundMs = SETTLE_MS + steppedBackMs(this.#plan);
    for (;;) {
      const lookAt = agenda.now + LOOK_MS;
      agenda.add(lookAt, () => undefined);
      while (this.#broken.length === 0 && agenda.now < lookAt) agenda.step(lookAt);
      if (this.#broken.length > 0) return;
      const busy = this.#clients.some((client) => !client.isDone) ? "a client was not answered" : undefined;
      const unsettled = this.#cluster.unsettled() ?? busy;
      if (unsettled === undefined) return;
      if (agenda.now - since > boundMs)
        return this.#break(`not settled within ${boundMs} ms: ${unsettled}`, "termination");
    }
  }

  #work(): void {
    if (this.#broken.length > 0) return;
    // As an id with an order in time, so that a node that forgets takes it for a new one.
    const txn = `7${"Z".repeat(25)}`;
    const request = { ...LAST, operations: [...LAST.operations], checks: [], txn, protocol: this.#lastProtocol };
    this.#ask({ address: "client-last", request });
    const told = this.#history.transactions.get(txn)?.told;
    if (this.#broken.length === 0 && told !== "committed")
      this.#break(`a new transaction was told ${told}`, "termination");
  }

  /** By a clock that is far ahead of all others, everything is due. */
  #expireAll(): void {
    const [replica] = this.#cluster.replicas;
    if (this.#broken.length > 0 || replica === undefined) return;
    this.#ask({ address: "expirer-last", request: { ...LAST_EXPIRY, replica, protocol: this.#lastProtocol } });
  }

  /** One more request of a client that waits for its end. */
  #ask({ address, request }: { address: string; request: Request }): void {
    const { deadlineMs } = this.#plan;
    const client = { address, deadlineMs, patienceMs: SETTLE_MS, requests: [request] };
    this.#clients.push(new SimulatedClient(client, this.#cluster, this.#history));
    this.#settle(this.#cluster.agenda.now);
  }

  get #lastProtocol(): ProtocolName {
    return this.#plan.protocol === "mixed" ? "3pc" : this.#plan.protocol;
  }

  /** Nothing is under way any more: whoever follows is told everything. */
  #followToTheEnd(): void {
    if (this.#broken.length > 0) return;
    const { agenda, replicas } = this.#cluster;
    const ends = replicas.map((node) => this.#cluster.actor(node).core?.positions.frontier ?? 0);
    const end = Math.min(...ends);
    const until = agenda.now + SETTLE_MS + steppedBackMs(this.#plan);
    for (const follower of this.#followers) follower.goOn();
    const isBehind = () => this.#followers.find(({ since }) => since < end);
    while (this.#broken.length === 0 && isBehind() && agenda.step(until));
    const behind = isBehind();
    if (behind)
      this.#break(`${behind.address} is told of nothing after ${behind.since}, but ${end} was`, "termination");
  }

  /** What is not there when somebody relies on it is a violation at any time. */
  #lookAt(node: NodeId): void {
    for (const says of this.#contents.missing(this.#cluster.actor(node))) this.#break(says, "contents of files");
  }

  #break(says: string, promise: Violation["promise"] = "no broken assumption"): void {
    this.#broken.push({ promise, says });
  }
}

function steppedBackMs({ faults }: Plan): Millis {
  return faults.reduce((sum, fault) => sum + (fault.kind === "clock" ? Math.max(0, -fault.byMs) : 0), 0);
}
