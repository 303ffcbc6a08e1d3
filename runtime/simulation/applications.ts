/** Clients of a simulated run that are applications: their functions meet on the same few keys. Drawn from the seed. */

import type { Check, Millis, Operation, TxnId } from "../../actors/transaction.js";
import { ACCOUNT_NAMES, type Deed, OPENING, PAIRS, ROOMS } from "./deeds.js";
import type { Random } from "./random.js";
import { MINIMUM } from "./rules.js";
import { type Clients, led, names, type Request, type Setting, type TransactRequest } from "./workload.js";

const RIVALS = 4;
const ATTEMPTS_MOST = 5;
const MARKS = ["mark/1", "mark/2", "mark/3"];

/** None where ids have an order in time and are forgotten: an attempt has an id of another form. */
export function drawApplications(random: Random, setting: Setting, spanMs: Millis): Clients {
  if (setting.forgetful || random.chance(0.4)) return [];
  return new Draw(random, setting, spanMs).clients();
}

class Draw {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #spanMs: Millis;
  readonly #anybody: boolean;
  readonly #deeds: (() => Deed)[];
  /** Whether the bank has one of its minimum taken away and put back, and moves that do not look first. */
  readonly #bank: boolean;

  constructor(random: Random, setting: Setting, spanMs: Millis) {
    this.#random = random;
    this.#setting = setting;
    this.#spanMs = spanMs;
    this.#anybody = random.chance(0.3);
    const kinds = random.shuffled(["bank", "pairs", "rooms", "marks"] as const).slice(0, random.whole(1, 3));
    this.#bank = kinds.includes("bank");
    this.#deeds = kinds.map((kind) => () => this.#deed(kind));
  }

  clients(): Clients {
    const random = this.#random;
    const thinkMs = random.pick([1, 20, 200]);
    const clients = names("app-", random.whole(2, 6)).map((address, client) => ({
      address,
      patienceMs: random.pick([30, 300, 1000]),
      requests: Array.from({ length: random.whole(4, 12) }, (_, index) =>
        this.#request(`f${client + 1}.${index + 1}`, random.skewed(0, thinkMs)),
      ),
    }));
    if (this.#bank) clients[0]?.requests.unshift(this.#function("f0", { does: "open" }, 0, 20));
    if (this.#bank && random.chance(0.7)) clients.push(...this.#limits());
    return random.chance(0.5) ? [...clients, ...this.#rivals()] : clients;
  }

  #request(name: string, afterMs: Millis): Request {
    const chance = this.#random.next();
    if (this.#bank && chance < 0.1) return this.#transact(name, afterMs, [this.#demand()]);
    if (this.#bank && chance < 0.25) return this.#blindTransfer(name, afterMs);
    return this.#function(name, this.#random.pick(this.#deeds)(), afterMs, this.#random.whole(1, ATTEMPTS_MOST));
  }

  #function(name: string, deed: Deed, afterMs: Millis, attempts: number): Request {
    const random = this.#random;
    const replicas = random.shuffled(this.#setting.replicas).slice(0, 2);
    const insists = random.pick(["no", "asks", "repeats"] as const);
    const who = led(random, this.#setting, this.#anybody);
    return { kind: "function", afterMs, name, ...who, deed, replicas, attempts, pauseMs: random.whole(1, 50), insists };
  }

  #transact(txn: string, afterMs: Millis, operations: Operation[]): TransactRequest {
    const insists = this.#random.pick(["no", "asks", "repeats"] as const);
    return {
      kind: "transact",
      afterMs,
      txn,
      ...led(this.#random, this.#setting, this.#anybody),
      operations,
      checks: [],
      insists,
    };
  }

  /** One id, by all of them, at one moment; in three-phase commit by several leaders. */
  #rivals(): Clients {
    const random = this.#random;
    const moments = names("r", random.whole(1, 4)).map((txn) => {
      const operations: Operation[] = [{ op: "add", key: "rivals", delta: 1 }];
      return { ...this.#transact(txn, 0, operations), atMs: random.whole(0, this.#spanMs) };
    });
    moments.sort((left, right) => left.atMs - right.atMs);
    return names("rival-", RIVALS).map((address) => ({
      address,
      patienceMs: random.pick([15, 300]),
      requests: moments.map((request): Request => {
        const { leader } = led(random, { ...this.#setting, protocol: request.protocol }, true);
        return { ...request, insists: random.pick(["no", "asks", "repeats"]), ...(leader && { leader }) };
      }),
    }));
  }

  /** A minimum comes at the moment at which somebody goes below it; and goes, so that it can come once more. */
  #limits(): Clients {
    const random = this.#random;
    const moments = names("", random.whole(2, 5)).map(() => random.whole(0, this.#spanMs));
    const warden: Request[] = [];
    const spender: Request[] = [];
    for (const [index, at] of moments.sort((left, right) => left - right).entries()) {
      const name = `${index + 1}`;
      const spent = this.#blindTransfer(`s${name}`, 0, OPENING + 1);
      const back = spent.operations.map((operation) => {
        return operation.op === "add" ? { ...operation, delta: -operation.delta } : operation;
      });
      const later = at + random.whole(20, 300);
      warden.push({ ...this.#transact(`w${name}`, 0, [{ op: "put", key: MINIMUM, value: "0" }]), atMs: at });
      spender.push({ ...spent, atMs: at + random.whole(0, 20) });
      warden.push({ ...this.#transact(`w${name}.off`, 0, [{ op: "del", key: MINIMUM }]), atMs: later });
      spender.push({ ...spent, txn: `s${name}.back`, operations: back, atMs: later });
    }
    const patienceMs = random.pick([30, 300]);
    return [
      { address: "warden", patienceMs, requests: warden },
      { address: "spender", patienceMs, requests: spender },
    ];
  }

  #demand(): Operation {
    return this.#random.chance(0.6) ? { op: "put", key: MINIMUM, value: "0" } : { op: "del", key: MINIMUM };
  }

  #blindTransfer(txn: TxnId, afterMs: Millis, least = 1): TransactRequest {
    const [source = "", target = ""] = this.#random.sample(ACCOUNT_NAMES, 2);
    const amount = this.#random.whole(least, 12);
    const operations: Operation[] = [
      { op: "add", key: source, delta: -amount },
      { op: "add", key: target, delta: amount },
    ];
    const checks = [source, target].map((key): Check => ({ key, is: "exists" }));
    return { ...this.#transact(txn, afterMs, operations), checks };
  }

  #deed(kind: "bank" | "pairs" | "rooms" | "marks"): Deed {
    const random = this.#random;
    if (kind === "bank") return this.#banking();
    if (kind === "pairs") {
      const pair = `${PAIRS}${random.whole(1, 2)}`;
      const [own, other] = random.chance(0.5) ? ["a", "b"] : ["b", "a"];
      return { does: "withdraw", own: `${pair}/${own}`, other: `${pair}/${other}`, amount: random.whole(1, 3) };
    }
    if (kind === "rooms") return { does: "sit", room: random.pick(ROOMS), guest: `g${random.whole(1, 6)}` };
    if (random.chance(0.5)) return { does: "mark", key: random.pick(MARKS), mark: String(random.whole(1, 999)) };
    return { does: "look", keys: random.shuffled(MARKS), atOnce: random.chance(0.3) };
  }

  #banking(): Deed {
    const random = this.#random;
    if (random.chance(0.35)) return { does: "audit", limit: random.pick([1, 2, 100]), files: random.chance(0.5) };
    const [source = "", target = ""] = random.sample(ACCOUNT_NAMES, 2);
    return { does: "transfer", source, target, amount: random.whole(1, 12) };
  }
}
