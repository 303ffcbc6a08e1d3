/** Traffic on single keys: put, get and delete, with values that are never used twice. */

import { pause } from "./clerk.js";
import type { Scribe } from "./scribe.js";
import type { Traffic } from "./traffic.js";
import { Window } from "./window.js";

const KEYS = 6;
const REQUESTS_A_KEY = 150;
const PACE_MS = 25;
const READS = 0.3;
const DELETES = 0.3;
const LOOKS = 0.5;

export class Registers {
  readonly #traffic: Traffic;
  readonly #window: Window;
  #value = 0;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
    this.#window = new Window(`register/${traffic.round}`, KEYS, KEYS * REQUESTS_A_KEY);
  }

  /** One client, until the traffic is over. */
  async client(): Promise<void> {
    const { dice } = this.#traffic;
    const scribe = this.#traffic.scribe();
    while (!this.#traffic.over()) {
      const key = dice.pick(this.#window.keys());
      if (dice.chance(READS)) await this.#get(scribe, key);
      else await this.#write(scribe, key);
      await pause(PACE_MS);
    }
  }

  /** Every key once more, at this replica. */
  async readAll(replica: string): Promise<void> {
    const scribe = this.#traffic.scribe();
    for (const key of this.#window.all) await this.#get(scribe, key, replica);
  }

  async #get(scribe: Scribe, key: string, replica?: string): Promise<void> {
    await scribe.read(
      { f: "get", key },
      () => this.#traffic.read(key, replica),
      ({ value }) => value,
    );
  }

  /** A replica hears of a commit after its client: whoever looks at once, must wait for the replica to hear of it. */
  async #write(scribe: Scribe, key: string): Promise<void> {
    const { dice } = this.#traffic;
    if (dice.chance(DELETES)) await scribe.run({ f: "delete", key }, { operations: [{ op: "del", key }] });
    else await this.#put(scribe, key);
    if (dice.chance(LOOKS)) await this.#get(scribe, key);
  }

  async #put(scribe: Scribe, key: string): Promise<void> {
    this.#value += 1;
    const value = this.#value;
    await scribe.run({ f: "put", key, value }, { operations: [{ op: "put", key, value }] });
  }
}
