/** Everything that a simulated run will meet, drawn from its seed as plain data, so that it can be read and made smaller. */

import type { Consistency } from "../../actors/message.js";
import type { Settings } from "../../actors/protocol.js";
import type { Check, Key, Millis, NodeId, Operation, ProtocolName, TxnId } from "../../actors/transaction.js";
import type { FlushFault } from "../../storage/memory-disk.js";
import type { Membership } from "../config.js";
import { type CrashPoint, type Moment, pointsOf } from "../faults.js";
import type { Afterlife } from "./cluster.js";
import type { Weather } from "./network.js";
import { Random } from "./random.js";

export type Request =
  | {
      kind: "transact";
      afterMs: Millis;
      txn: TxnId;
      operations: Operation[];
      checks: Check[];
      /** What its client does when it hears nothing: goes on, asks what became of it, or sends it again. */
      insists: "no" | "asks" | "repeats";
    }
  | { kind: "read"; afterMs: Millis; replica: NodeId; keys: Key[]; consistency: Consistency };

/** One misfortune, and when it begins. */
export type Fault = { at: Millis } & (
  | { kind: "crash"; node: NodeId; afterlife: Afterlife }
  /** In the n-th turn from then on in which something is recorded or sent. */
  | { kind: "turn"; node: NodeId; moment: Moment; hit: number; sends: NodeId[]; afterlife: Afterlife }
  | { kind: "point"; node: NodeId; point: CrashPoint; hit: number; sends: NodeId[]; afterlife: Afterlife }
  | { kind: "flush"; node: NodeId; fault: FlushFault; afterlife: Afterlife }
  | { kind: "pause"; node: NodeId; forMs: Millis }
  | { kind: "slow"; node: NodeId; forMs: Millis; turnMs: Millis }
  | { kind: "clock"; node: NodeId; byMs: Millis }
  /** Each source no longer reaches any target. A partition has both directions. */
  | { kind: "cut"; sources: NodeId[]; targets: NodeId[]; both: boolean; forMs: Millis }
  | { kind: "suspicion"; node: NodeId; by: NodeId; forMs: Millis }
);

export type Plan = {
  seed: number;
  protocol: ProtocolName;
  membership: Membership;
  coordinators: NodeId[];
  replicas: NodeId[];
  settings: Settings;
  turnMs: Millis;
  detectorMs: Millis;
  weather: Weather;
  deadlineMs: Millis;
  clients: { address: string; patienceMs: Millis; requests: Request[] }[];
  faults: Fault[];
  /** When the faults end at the latest. */
  faultyMs: Millis;
};

const MOMENTS: readonly Moment[] = ["before-commit", "before-release", "partial-release", "after-release"];
const TRANSACTIONS_LEAST = 30;
const TRANSACTIONS_MOST = 60;
const FAULTY_MS = 6000;
/** What a request takes at least, roughly. */
const REQUEST_MS = 10;

/** The plan of a seed: always the same. */
export function planOf(seed: number, protocol: ProtocolName, membership: Membership = "all"): Plan {
  return new Draw(seed, protocol, membership).plan();
}

class Draw {
  readonly #seed: number;
  readonly #protocol: ProtocolName;
  readonly #membership: Membership;
  readonly #random: Random;
  readonly #coordinators: NodeId[];
  readonly #replicas: NodeId[];
  readonly #keys: Key[];
  /** Not every run has every kind of fault: some bugs need one kind and are hidden by another. */
  readonly #kinds: Fault["kind"][];

  constructor(seed: number, protocol: ProtocolName, membership: Membership) {
    const random = new Random(seed, "plan");
    this.#seed = seed;
    this.#protocol = protocol;
    this.#membership = membership;
    this.#random = random;
    const size = random.whole(3, 5);
    const coordinators = random.whole(1, Math.min(2, size - 1));
    this.#replicas = names("n", size - coordinators);
    // In an up-set every replica may lead.
    this.#coordinators = membership === "up-set" ? this.#replicas : names("c", coordinators);
    this.#keys = names("k", random.whole(2, 8));
    const weights: Record<Fault["kind"], number> = {
      crash: 0.6,
      turn: 0.5,
      point: 0.5,
      flush: 0.3,
      pause: 0.4,
      slow: 0.3,
      clock: 0.3,
      cut: 0.5,
      // Three-phase commit relies on a failure detector that is right.
      suspicion: protocol === "2pc" ? 0.2 : 0,
    };
    this.#kinds = (Object.keys(weights) as Fault["kind"][]).filter((kind) => random.chance(weights[kind]));
  }

  plan(): Plan {
    const random = this.#random;
    const wait = random.pick([60, 150, 400]);
    // Whoever missed the end of a three-phase commit asks for it: nobody waits for acknowledgements before forgetting.
    const forgetful = random.chance(0.35) && this.#protocol === "2pc";
    const clients = this.#clients(forgetful);
    return {
      seed: this.#seed,
      protocol: this.#protocol,
      membership: this.#membership,
      coordinators: this.#coordinators,
      replicas: this.#replicas,
      settings: { resendAfterMs: wait, inquireAfterMs: wait, retainedOutcomes: forgetful ? random.whole(1, 8) : 1000 },
      // The slower, the more messages share a turn.
      turnMs: random.pick([0.05, 0.05, 3]),
      detectorMs: random.pick([1, 30]),
      weather: this.#weather(),
      deadlineMs: random.pick([200, 600]),
      clients,
      faults: this.#faults(spanOf(clients)),
      faultyMs: FAULTY_MS,
    };
  }

  #weather(): Weather {
    const random = this.#random;
    return {
      leastDelayMs: 0.1,
      mostDelayMs: random.pick([1, 10, 60, 200]),
      loss: random.pick([0, 0, 0.02, 0.15]),
      copies: random.pick([0, 0, 0.05, 0.3]),
      reorders: random.chance(0.3),
    };
  }

  #clients(forgetful: boolean): Plan["clients"] {
    const random = this.#random;
    const clients = names("client-", random.whole(1, 10)).map((address) => ({
      address,
      patienceMs: random.pick([15, 30, 300, 1000]),
      requests: [] as Request[],
    }));
    const count = random.whole(TRANSACTIONS_LEAST, TRANSACTIONS_MOST);
    const reads = random.chance(0.8) ? Math.floor(count / 2) : 0;
    const thinkMs = random.pick([1, 1, 20, 200]);
    const txns = Array.from({ length: count }, (_, index) => nameOf(index + 1, forgetful));
    for (const txn of txns) random.pick(clients).requests.push(this.#transact(txn, thinkMs));
    for (let read = 0; read < reads; read += 1) {
      const { requests } = random.pick(clients);
      requests.splice(random.whole(0, requests.length), 0, this.#read(thinkMs));
    }
    if (random.chance(0.4)) this.#repeat(clients);
    return clients;
  }

  /** Some requests are sent once more, under the same id, by whomever. */
  #repeat(clients: Plan["clients"]): void {
    const all = clients.flatMap(({ requests }) => requests.filter(({ kind }) => kind === "transact"));
    for (const request of this.#random.some(all, 0.1)) {
      const { requests } = this.#random.pick(clients);
      requests.splice(this.#random.whole(0, requests.length), 0, { ...request, afterMs: this.#random.whole(0, 300) });
    }
  }

  #transact(txn: TxnId, thinkMs: Millis): Request {
    const random = this.#random;
    const keys = random.some(this.#keys, random.pick([0.2, 0.4]));
    const written = keys.length > 0 ? keys : [random.pick(this.#keys)];
    const operations = written.map((key): Operation => {
      const count = key.replace("k", "n");
      if (random.chance(0.35)) return { op: "add", key: count, delta: random.whole(-5, 9) };
      return random.chance(0.12) ? { op: "del", key } : { op: "put", key, value: JSON.stringify(txn) };
    });
    const checks = random.chance(0.2) ? [this.#check(operations.map(({ key }) => key))] : [];
    const readsOnly = checks.length > 0 && random.chance(0.2);
    return {
      kind: "transact",
      afterMs: random.skewed(0, thinkMs),
      txn,
      operations: readsOnly ? [] : operations,
      checks,
      insists: random.pick(["no", "asks", "repeats", "repeats"]),
    };
  }

  /** On a key that it writes itself, or another. */
  #check(written: readonly Key[]): Check {
    const random = this.#random;
    const key = random.pick([...written, ...this.#keys]);
    return { key, is: random.pick(["exists", "absent"]) };
  }

  #read(thinkMs: Millis): Request {
    const random = this.#random;
    const keys = random.some([...this.#keys, ...this.#keys.map((key) => key.replace("k", "n"))], 0.2);
    return {
      kind: "read",
      afterMs: random.skewed(0, thinkMs),
      replica: random.pick(this.#replicas),
      keys: keys.length > 0 ? keys : [random.pick(this.#keys)],
      consistency: random.chance(0.8) ? "linearizable" : "committed",
    };
  }

  #faults(spanMs: Millis): Fault[] {
    if (this.#kinds.length === 0) return [];
    const count = this.#random.whole(1, 20);
    return Array.from({ length: count }, () => this.#fault(this.#random.whole(0, spanMs))).sort(
      (left, right) => left.at - right.at,
    );
  }

  #fault(at: Millis): Fault {
    const random = this.#random;
    const node = random.pick([...this.#coordinators, ...this.#replicas]);
    const forMs = random.skewed(10, 2500);
    switch (random.pick(this.#kinds)) {
      case "crash":
        return { at, kind: "crash", node, afterlife: this.#afterlife() };
      case "turn":
        return { at, kind: "turn", node, moment: random.pick(MOMENTS), ...this.#aim() };
      case "point":
        return { at, kind: "point", node, point: this.#point(node), ...this.#aim() };
      case "flush": {
        const fault = { after: random.whole(0, 7), durable: random.chance(0.5) };
        return { at, kind: "flush", node, fault, afterlife: this.#afterlife() };
      }
      case "pause":
        return { at, kind: "pause", node, forMs };
      case "slow":
        return { at, kind: "slow", node, forMs, turnMs: random.pick([5, 40]) };
      case "clock":
        return { at, kind: "clock", node, byMs: random.pick([-2000, -100, 100, 2000]) };
      case "cut":
        return this.#cut(at, forMs);
      case "suspicion":
        return { at, kind: "suspicion", node, by: random.pick([...this.#coordinators, ...this.#replicas]), forMs };
    }
  }

  #cut(at: Millis, forMs: Millis): Fault {
    const random = this.#random;
    const nodes = [...this.#coordinators, ...this.#replicas];
    const sources = random.some(nodes);
    const targets = nodes.filter((node) => !sources.includes(node));
    return { at, kind: "cut", sources, targets, both: random.chance(0.5), forMs };
  }

  #point(node: NodeId): CrashPoint {
    const coordinates = this.#coordinators.includes(node);
    return this.#random.pick(pointsOf({ coordinates, replicates: !coordinates }));
  }

  #aim(): { hit: number; sends: NodeId[]; afterlife: Afterlife } {
    const sends = this.#random.some([...this.#coordinators, ...this.#replicas]);
    return { hit: this.#random.whole(1, 6), sends, afterlife: this.#afterlife() };
  }

  #afterlife(): Afterlife {
    const random = this.#random;
    return { downMs: random.skewed(20, 3000), power: random.chance(0.5), stumbles: random.pick([0, 0, 0, 1, 2]) };
  }
}

/** About how long the clients are busy when nothing goes wrong. */
function spanOf(clients: Plan["clients"]): Millis {
  const spans = clients.map(({ requests }) => requests.reduce((sum, { afterMs }) => sum + afterMs + REQUEST_MS, 0));
  return Math.min(Math.max(...spans), FAULTY_MS);
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** Short, or of the form that has an order in time, for nodes that forget. */
function nameOf(number: number, ordered: boolean): TxnId {
  return ordered ? String(number).padStart(26, "0") : `t${number}`;
}
