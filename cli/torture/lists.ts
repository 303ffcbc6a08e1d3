/**
 * Traffic on lists: append to one or two, each after reading it, in transactions of one or two keys.
 *
 * A list is read before the transaction begins. That read belongs to the transaction only because the transaction
 * requires the version that was read (or that there is still no list): what it commits on is what was read.
 */

import type { Check, Json, Operation } from "../../runtime/api.js";
import type { Micro } from "../history/history.js";
import { pause } from "./clerk.js";
import type { Scribe } from "./scribe.js";
import type { Traffic } from "./traffic.js";
import { Window } from "./window.js";

const KEYS = 5;
/** Requests on one window: about half of them append to a key, so that no list grows beyond some dozens. */
const REQUESTS = 250;
const PACE_MS = 25;
const LOOKS = 0.3;
const PAIRS = 0.5;
const APPENDS = 0.75;

type Seen = { key: string; list: readonly Json[] | null; check: Check };

export class Lists {
  readonly #traffic: Traffic;
  readonly #window: Window;
  #element = 0;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
    this.#window = new Window(`list/${traffic.round}`, KEYS, REQUESTS);
  }

  /** One client, until the traffic is over. */
  async client(): Promise<void> {
    const { dice } = this.#traffic;
    const scribe = this.#traffic.scribe();
    while (!this.#traffic.over()) {
      const keys = dice.sample(this.#window.keys(), dice.chance(PAIRS) ? 2 : 1);
      if (!dice.chance(LOOKS)) await this.#transact(scribe, keys);
      if (dice.chance(LOOKS)) await this.#look(scribe, dice.pick(keys));
      await pause(PACE_MS);
    }
  }

  /** Every list once more, at this replica. */
  async readAll(replica: string): Promise<void> {
    const scribe = this.#traffic.scribe();
    for (const key of this.#window.all) await this.#look(scribe, key, replica);
  }

  /** A read of one key is a transaction by itself. */
  async #look(scribe: Scribe, key: string, replica?: string): Promise<void> {
    await scribe.read(
      { f: "txn", value: [["r", key, null]] },
      () => this.#traffic.read(key, replica),
      ({ value }) => [["r", key, value ?? null]],
    );
  }

  async #transact(scribe: Scribe, keys: readonly string[]): Promise<void> {
    const seen = await Promise.all(keys.map((key) => this.#see(key))).catch(() => undefined);
    if (!seen) return;
    const asked: Micro[] = [];
    const read: Micro[] = [];
    const operations: Operation[] = [];
    for (const { key, list } of seen) {
      asked.push(["r", key, null]);
      read.push(["r", key, list]);
      if (!this.#traffic.dice.chance(APPENDS)) continue;
      this.#element += 1;
      asked.push(["append", key, this.#element]);
      read.push(["append", key, this.#element]);
      operations.push({ op: "put", key, value: [...(list ?? []), this.#element] });
    }
    const checks = seen.map(({ check }) => check);
    await scribe.run({ f: "txn", value: asked }, { operations, checks }, read);
  }

  async #see(key: string): Promise<Seen> {
    const { value, version } = await this.#traffic.read(key);
    if (version === undefined) return { key, list: null, check: { key, is: "absent" } };
    return { key, list: value as Json[], check: { key, is: "version", version } };
  }
}
