/** What all clients of one round share: the cluster, chance, the history, and whether to go on. */

import type { ProtocolName } from "../../actors/transaction.js";
import type { Cluster } from "../../runtime/api.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import type { Random } from "../../runtime/simulation/random.js";
import type { HistoryRecorder } from "../history/history.js";
import { Clerk, type Tally } from "./clerk.js";
import { Numbers, Scribe } from "./scribe.js";

const READ_DEADLINE_MS = 2000;

export type TrafficOptions = {
  cluster: Cluster;
  dice: Random;
  tally: Tally;
  recorder: HistoryRecorder;
  /** Names the keys of this round. */
  round: number;
  protocols: readonly ProtocolName[];
};

export class Traffic {
  readonly round: number;
  readonly dice: Random;
  readonly clerk: Clerk;
  readonly #cluster: Cluster;
  readonly #tally: Tally;
  readonly #recorder: HistoryRecorder;
  readonly #numbers = new Numbers();
  #over = false;

  constructor({ cluster, dice, tally, recorder, round, protocols }: TrafficOptions) {
    this.round = round;
    this.dice = dice;
    this.clerk = new Clerk(cluster, tally, () => dice.pick(protocols));
    this.#cluster = cluster;
    this.#tally = tally;
    this.#recorder = recorder;
  }

  over(): boolean {
    return this.#over;
  }

  stop(): void {
    this.#over = true;
  }

  /** Another client of the history. */
  scribe(): Scribe {
    return new Scribe(this.#recorder, this.clerk, this.#numbers);
  }

  async read(key: string, replica?: string): Promise<ReadResult> {
    const named = replica === undefined ? {} : { replica };
    const result = await this.#cluster.get(key, { deadlineMs: READ_DEADLINE_MS, ...named });
    this.#tally.reads += 1;
    return result;
  }

  /** What nobody could find out stays open in the history. */
  close(): void {
    for (const process of this.#numbers.open) this.#recorder.info(process);
    this.#recorder.close();
  }
}
