/** A simulated follower of changes: it asks one replica after the other for what comes next, whatever gets lost. */

import type { ChangesReport, Envelope } from "../../actors/message.js";
import type { Change, Millis, NodeId, Position } from "../../actors/transaction.js";
import type { SimulatedCluster } from "./cluster.js";
import type { Random } from "./random.js";

const DEADLINE_MS = 150;
const PATIENCE_MS = 400;
const PAUSE_MS: Millis = 5;
/** So often it asks others, when those that it asked do not know what it asks for any more. */
const TRIES = 8;

export class SimulatedFollower {
  readonly address: string;
  /** What it was told, in that order. */
  readonly heard: Change[] = [];
  /** Spans that it had to leave out, because replicas did not know them any more. */
  readonly gaps: { after: Position; upTo: Position }[] = [];
  /** Everything up to here was told, or lies in a gap. */
  since: Position = 0;
  readonly #cluster: SimulatedCluster;
  readonly #random: Random;
  /** Whether it moves on with each question, or stays where it is for as long as it is answered. */
  readonly #moves: boolean;
  #replica: NodeId;
  #request = 0;
  #tries = 0;
  #resting = false;

  constructor(address: string, cluster: SimulatedCluster, random: Random) {
    this.address = address;
    this.#cluster = cluster;
    this.#random = random;
    this.#moves = random.chance(0.5);
    this.#replica = random.pick(cluster.replicas);
    cluster.join(address, (envelope) => this.#receive(envelope));
    this.#ask();
  }

  /** It asks nothing until it goes on. */
  rest(): void {
    this.#resting = true;
    this.#request += 1;
  }

  goOn(): void {
    this.#resting = false;
    this.#ask();
  }

  #ask(): void {
    if (this.#resting) return;
    if (this.#moves) this.#replica = this.#random.pick(this.#cluster.replicas);
    this.#request += 1;
    const request = this.#request;
    const limit = this.#random.whole(1, 4);
    const follow = { kind: "follow", request, since: this.since, limit, deadlineMs: DEADLINE_MS } as const;
    const { address } = this;
    this.#cluster.network.send({ source: address, target: this.#replica, epoch: 1, seq: request, bodies: [follow] });
    this.#cluster.agenda.after(PATIENCE_MS, () => {
      if (this.#request !== request) return;
      this.#replica = this.#random.pick(this.#cluster.replicas);
      this.#ask();
    });
  }

  #receive({ bodies }: Envelope): void {
    for (const body of bodies) {
      if (body.kind !== "changes" || body.request !== this.#request) continue;
      this.#take(body);
      this.#request += 1;
      this.#cluster.agenda.after(PAUSE_MS, () => this.#ask());
    }
  }

  #take({ changes = [], upTo = 0, begin }: ChangesReport): void {
    if (begin === undefined) {
      this.#tries = 0;
      this.heard.push(...changes);
      this.since = upTo;
      return;
    }
    this.#tries += 1;
    this.#replica = this.#random.pick(this.#cluster.replicas);
    if (this.#tries < TRIES) return;
    this.#tries = 0;
    this.gaps.push({ after: this.since, upTo: begin });
    this.since = begin;
  }
}
