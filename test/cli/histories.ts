/** Histories for tests: written down by hand, drawn at random, and judged by trying every order. */

import type { HistoryEvent, Micro, Request } from "../../cli/history/history.js";

/** An operation with its place in time. Without an end nobody knows what became of it. */
export type Span = {
  process: number;
  begin: number;
  end?: number;
  request: Request;
  /** What a `get` found, or the steps of a `txn` with what they read. */
  read?: unknown;
  failed?: boolean;
};

/** The events of some operations, in the order of time. */
export function timeline(spans: readonly Span[]): HistoryEvent[] {
  const events = spans.flatMap((span): HistoryEvent[] => {
    const { process, begin, end, request, read, failed } = span;
    const invoke: HistoryEvent = { process, type: "invoke", ...request, time: begin } as HistoryEvent;
    if (end === undefined) return [invoke];
    const answer = request.f === "get" || (request.f === "txn" && read !== undefined) ? { value: read ?? null } : {};
    const type = failed ? "fail" : "ok";
    return [invoke, { process, type, ...request, ...(!failed && answer), time: end } as HistoryEvent];
  });
  return events.sort((a, b) => a.time - b.time);
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to below `sides`. */
  below(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  chance(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }

  pick<T>(things: readonly T[]): T {
    return things[this.below(things.length)] as T;
  }
}

export type Recipe = {
  operations: number;
  processes: number;
  keys: number;
  /** Of each operation: nobody knows what became of it, or it failed. */
  info?: number;
  fail?: number;
  draw: (dice: Random, key: () => string, unique: () => number) => Request;
};

/** What a correct store would give: every operation takes effect at one moment between its beginning and its end. */
export function goodHistory(seed: number, recipe: Recipe): HistoryEvent[] {
  const play = new Play(seed, recipe);
  while (!play.over) play.advance();
  return play.events;
}

type Client = { id: number; asked?: Request; done?: readonly Micro[] };

class Play {
  readonly events: HistoryEvent[] = [];
  readonly #dice: Random;
  readonly #recipe: Recipe;
  readonly #store = new Map<string, unknown>();
  readonly #clients: Client[];
  /** Of unknown outcome: they may take effect at any later time. */
  readonly #late: Request[] = [];
  #values = 0;
  #asked = 0;
  #nextId: number;

  constructor(seed: number, recipe: Recipe) {
    this.#dice = new Random(seed);
    this.#recipe = recipe;
    this.#clients = Array.from({ length: recipe.processes }, (_, id) => ({ id }));
    this.#nextId = recipe.processes;
  }

  get over(): boolean {
    return this.#asked >= this.#recipe.operations && this.#clients.every(({ asked }) => asked === undefined);
  }

  /** One client takes one step; now and then, something late takes effect. */
  advance(): void {
    const client = this.#dice.pick(this.#clients);
    if (!client.asked) this.#ask(client);
    else this.#goOn(client, client.asked);
    if (this.#late.length === 0 || !this.#dice.chance(0.05)) return;
    const [request] = this.#late.splice(this.#dice.below(this.#late.length), 1);
    if (request) execute(this.#store, stepsOf(request));
  }

  #ask(client: Client): void {
    if (this.#asked >= this.#recipe.operations) return;
    this.#asked += 1;
    const key = () => `k${this.#dice.below(this.#recipe.keys)}`;
    client.asked = this.#recipe.draw(this.#dice, key, () => ++this.#values);
    this.#emit(client, "invoke", client.asked);
  }

  #goOn(client: Client, asked: Request): void {
    if (!client.done && this.#dice.chance(this.#recipe.fail ?? 0)) this.#end(client, "fail", asked);
    else if (this.#dice.chance(this.#recipe.info ?? 0)) {
      if (!client.done) this.#late.push(asked);
      this.#end(client, "info", asked);
      client.id = this.#nextId++;
    } else if (!client.done) client.done = execute(this.#store, stepsOf(asked));
    else this.#end(client, "ok", answered(asked, client.done));
  }

  #end(client: Client, type: HistoryEvent["type"], request: object): void {
    this.#emit(client, type, request);
    delete client.asked;
    delete client.done;
  }

  #emit({ id }: Client, type: HistoryEvent["type"], request: object): void {
    this.events.push({ process: id, type, ...request, time: this.events.length } as HistoryEvent);
  }
}

function answered(request: Request, steps: readonly Micro[]): object {
  if (request.f === "get") return { ...request, value: steps[0]?.[2] ?? null };
  return request.f === "txn" ? { ...request, value: steps } : request;
}

/** The steps of any request. */
export function stepsOf(request: Request): readonly Micro[] {
  switch (request.f) {
    case "get":
      return [["r", request.key, null]];
    case "put":
      return [["w", request.key, request.value]];
    case "delete":
      return [["w", request.key, null]];
    case "txn":
      return request.value;
  }
}

/** Runs steps on a store, and gives them back with what they read. */
export function execute(store: Map<string, unknown>, steps: readonly Micro[]): Micro[] {
  return steps.map(([kind, key, value]): Micro => {
    const before = store.get(key) ?? null;
    if (kind === "scan") return ["scan", key, scan(store, key)];
    if (kind === "r") return ["r", key, before];
    store.set(key, kind === "w" ? value : [...((before ?? []) as unknown[]), value]);
    return [kind, key, value];
  });
}

/** A key that was deleted is not there. */
function scan(store: ReadonlyMap<string, unknown>, prefix: string): [string, unknown][] {
  const there = [...store].filter(([key, value]) => key.startsWith(prefix) && value !== null);
  return there.sort(([a], [b]) => (a < b ? -1 : 1));
}

type Whole = { begin: number; end: number; asked: readonly Micro[]; answered: readonly Micro[] | undefined };

/** Whether there is a serial order, by trying them all. Only for a few operations. */
export function hasSerialOrder(events: readonly HistoryEvent[]): boolean {
  const wholes = new Map<string, Whole>();
  const open = new Map<number, string>();
  for (const [at, event] of events.entries()) {
    const request = event as HistoryEvent & Request;
    if (event.type === "invoke") {
      open.set(event.process, String(at));
      wholes.set(String(at), { begin: at, end: Infinity, asked: stepsOf(request), answered: undefined });
      continue;
    }
    const name = open.get(event.process) ?? "";
    const whole = wholes.get(name);
    if (event.type === "fail") wholes.delete(name);
    if (event.type !== "ok" || !whole) continue;
    const answered = event.f === "get" ? [["r", event.key, event.value] as Micro] : stepsOf(request);
    wholes.set(name, { ...whole, end: at, answered });
  }
  return anyOrder([...wholes.values()], new Map());
}

function anyOrder(left: readonly Whole[], store: ReadonlyMap<string, unknown>): boolean {
  if (left.every(({ end }) => end === Infinity)) return true;
  return left.some((next) => {
    if (left.some(({ end }) => end < next.begin)) return false;
    const after = new Map(store);
    const steps = execute(after, next.asked);
    if (next.answered && !sameReads(steps, next.answered)) return false;
    return anyOrder(
      left.filter((other) => other !== next),
      after,
    );
  });
}

function sameReads(steps: readonly Micro[], answered: readonly Micro[]): boolean {
  return steps.every(([kind, , value], index) => {
    return (
      kind === "w" ||
      kind === "append" ||
      JSON.stringify(value ?? null) === JSON.stringify(answered[index]?.[2] ?? null)
    );
  });
}
