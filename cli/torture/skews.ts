/** Traffic that is right only if nothing comes between reading and writing: pairs of keys, and rooms with a few guests. */

import type { Transaction } from "../../runtime/function-api.js";
import type { Micro } from "../history/history.js";
import { pause } from "./clerk.js";
import type { Scribe } from "./scribe.js";
import type { Traffic } from "./traffic.js";
import { Window } from "./window.js";

const SETS = 3;
const GUESTS = 4;
const REQUESTS = 150;
const PACE_MS = 25;
const PAIRS = 0.5;
const LOOKS = 0.3;
const LEAVING = 0.4;

export class Skews {
  readonly #traffic: Traffic;
  readonly #sets: Window;
  #value = 0;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
    this.#sets = new Window(`skew/${traffic.round}`, SETS, REQUESTS);
  }

  /** One client, until the traffic is over. */
  async client(): Promise<void> {
    const { dice } = this.#traffic;
    const scribe = this.#traffic.scribe();
    while (!this.#traffic.over()) {
      const set = dice.pick(this.#sets.keys());
      if (dice.chance(PAIRS)) await this.#pair(scribe, set);
      else await this.#room(scribe, set);
      await pause(PACE_MS);
    }
  }

  /** Reads both keys of a pair, one after the other, and writes one of them, or none. */
  async #pair(scribe: Scribe, set: string): Promise<void> {
    const [first, second] = this.#traffic.dice.shuffled([`${set}/pair/a`, `${set}/pair/b`]) as [string, string];
    await this.#perform(scribe, [["r", first, null], ["r", second, null], ...this.#change(second, 0)]);
  }

  /** Looks who is in a room, and comes or goes, or only looks. */
  async #room(scribe: Scribe, set: string): Promise<void> {
    const guest = `${set}/room/${this.#traffic.dice.whole(1, GUESTS)}`;
    await this.#perform(scribe, [["scan", `${set}/room/`, null], ...this.#change(guest, LEAVING)]);
  }

  #change(key: string, leaving: number): Micro[] {
    const { dice } = this.#traffic;
    if (dice.chance(LOOKS)) return [];
    this.#value += 1;
    return [["w", key, dice.chance(leaving) ? null : this.#value]];
  }

  /** What counts is what the last attempt has read. */
  async #perform(scribe: Scribe, asked: readonly Micro[]): Promise<void> {
    const read: Micro[] = [];
    const work = async (t: Transaction) => {
      read.length = 0;
      for (const step of asked) read.push(await take(t, step));
    };
    await scribe.perform({ f: "txn", value: asked }, work, read);
  }
}

async function take(t: Transaction, step: Micro): Promise<Micro> {
  const [kind, key, value] = step;
  if (kind === "r") return ["r", key, (await t.get(key)).value ?? null];
  if (kind !== "scan") {
    if (value === null) t.del(key);
    else t.put(key, value as number);
    return step;
  }
  const found: unknown[] = [];
  for await (const entry of t.scanAll({ prefix: key, limit: 2 })) found.push([entry.key, entry.value]);
  return ["scan", key, found];
}
