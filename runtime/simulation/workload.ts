/** What the clients of a simulated run ask for, drawn from its seed. */

import type { Consistency } from "../../actors/message.js";
import type { Check, Key, Millis, NodeId, Operation, ProtocolName, TxnId } from "../../actors/transaction.js";
import type { Deed } from "./deeds.js";
import type { Upload } from "./files.js";
import type { Mix, Plan } from "./plan.js";
import type { Random } from "./random.js";

/** What its client does when it hears nothing: goes on, asks what became of it, or sends it again. */
type Insistence = "no" | "asks" | "repeats";
type Led = {
  protocol: ProtocolName;
  /** Who is asked while it is up, in three-phase commit; otherwise whom the id belongs to. */
  leader?: NodeId;
};

export type TransactRequest = Led & {
  kind: "transact";
  afterMs: Millis;
  /** Instead of some time after what came before: at this moment, if its client is free then. */
  atMs?: Millis;
  txn: TxnId;
  operations: Operation[];
  checks: Check[];
  /** Before it begins. What was uploaded is taken back when its client knows how it ended, or gives up. */
  uploads?: Upload[];
  insists: Insistence;
};
export type ReadRequest = { kind: "read"; afterMs: Millis; replica: NodeId; keys: Key[]; consistency: Consistency };
/** A transaction function. Each attempt is a transaction of its own. */
export type FunctionRequest = Led & {
  kind: "function";
  afterMs: Millis;
  name: string;
  deed: Deed;
  /** Each attempt asks the next one of them. */
  replicas: NodeId[];
  attempts: number;
  /** Before another attempt. */
  pauseMs: Millis;
  insists: Insistence;
};
/** Looks for what is due by a clock that is so far ahead, and removes it. */
export type ExpireRequest = Led & {
  kind: "expire";
  afterMs: Millis;
  aheadMs: Millis;
  replica: NodeId;
  limit: number;
  txn: TxnId;
  insists: Insistence;
};
export type Request = TransactRequest | ReadRequest | FunctionRequest | ExpireRequest;

export type Setting = {
  protocol: Mix;
  coordinators: readonly NodeId[];
  replicas: readonly NodeId[];
  /** Whether ids have an order in time, for nodes that forget. */
  forgetful: boolean;
};

/** Of one put after the other: the time to live, if it has one. */
export type Lifetimes = () => { ttlMs?: Millis };

export type Clients = Plan["clients"];

const TRANSACTIONS_LEAST = 30;
const TRANSACTIONS_MOST = 60;
/** What a request takes at least, roughly. */
const REQUEST_MS = 10;

/** `lifetimes` says how long what they put lives. */
export function drawClients(random: Random, setting: Setting, lifetimes: Lifetimes): Clients {
  return new Draw(random, setting, lifetimes).clients();
}

/** About how long the clients are busy when nothing goes wrong. */
export function spanOf(clients: Clients): Millis {
  const spans = clients.map(({ requests }) => requests.reduce((sum, { afterMs }) => sum + afterMs + REQUEST_MS, 0));
  return Math.max(...spans);
}

/** By which protocol, and by whom. */
export function led(random: Random, { protocol: mix, coordinators, replicas }: Setting, anybody: boolean): Led {
  const protocol = mix === "mixed" ? random.pick(["2pc", "3pc"] as const) : mix;
  if (protocol === "2pc" || !anybody) return { protocol };
  return { protocol, leader: random.pick([...coordinators, ...replicas]) };
}

export function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

class Draw {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #lifetimes: Lifetimes;
  readonly #keys: Key[];
  /** Whether three-phase commits are led by anybody, or only by whom the id belongs to while that one is up. */
  readonly #anybody: boolean;

  constructor(random: Random, setting: Setting, lifetimes: Lifetimes) {
    this.#random = random;
    this.#setting = setting;
    this.#lifetimes = lifetimes;
    this.#keys = names("k", random.whole(2, 8));
    this.#anybody = random.chance(0.3);
  }

  clients(): Clients {
    const random = this.#random;
    const clients = names("client-", random.whole(1, 10)).map((address) => ({
      address,
      patienceMs: random.pick([15, 30, 300, 1000]),
      requests: [] as Request[],
    }));
    const count = random.whole(TRANSACTIONS_LEAST, TRANSACTIONS_MOST);
    const reads = random.chance(0.8) ? Math.floor(count / 2) : 0;
    const thinkMs = random.pick([1, 1, 20, 200]);
    const txns = Array.from({ length: count }, (_, index) => nameOf(index + 1, this.#setting.forgetful));
    for (const txn of txns) random.pick(clients).requests.push(this.#transact(txn, thinkMs));
    for (let read = 0; read < reads; read += 1) {
      const { requests } = random.pick(clients);
      requests.splice(random.whole(0, requests.length), 0, this.#read(thinkMs));
    }
    if (random.chance(0.4)) this.#repeat(clients);
    return clients;
  }

  /** Some requests are sent once more, under the same id, by whomever. */
  #repeat(clients: Clients): void {
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
      if (random.chance(0.12)) return { op: "del", key };
      return { op: "put", key, value: JSON.stringify(txn), ...this.#lifetimes() };
    });
    const checks = random.chance(0.2) ? [this.#check(operations.map(({ key }) => key))] : [];
    const readsOnly = checks.length > 0 && random.chance(0.2);
    return {
      kind: "transact",
      afterMs: random.skewed(0, thinkMs),
      txn,
      ...led(random, this.#setting, this.#anybody),
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
      replica: random.pick(this.#setting.replicas),
      keys: keys.length > 0 ? keys : [random.pick(this.#keys)],
      consistency: random.chance(0.8) ? "linearizable" : "committed",
    };
  }
}

/** Short, or of the form that has an order in time. */
function nameOf(number: number, ordered: boolean): TxnId {
  return ordered ? String(number).padStart(26, "0") : `t${number}`;
}
