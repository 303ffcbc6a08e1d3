/** What befalls a simulated cluster, drawn from its seed. */

import type { Millis, NodeId, ProtocolName } from "../../actors/transaction.js";
import type { FlushFault } from "../../storage/memory-disk.js";
import { CRASH_POINTS, type CrashPoint, type Moment, pointsOf, takesTargets } from "../faults.js";
import type { Afterlife } from "./cluster.js";
import type { Mix } from "./plan.js";
import type { Random } from "./random.js";

/** One misfortune, and when it begins. */
export type Fault = { at: Millis } & (
  | { kind: "crash"; node: NodeId; afterlife: Afterlife }
  /** In the n-th turn from then on in which something is recorded or sent. */
  | { kind: "turn"; node: NodeId; moment: Moment; hit: number; sends: NodeId[]; afterlife: Afterlife }
  | { kind: "point"; node: NodeId; point: CrashPoint; hit: number; sends: NodeId[]; afterlife: Afterlife }
  | { kind: "flush"; node: NodeId; fault: FlushFault; afterlife: Afterlife }
  /** Everybody dies, one after the other, and comes back in another order. */
  | { kind: "total failure"; deaths: { node: NodeId; afterMs: Millis; afterlife: Afterlife }[] }
  | { kind: "pause"; node: NodeId; forMs: Millis }
  | { kind: "slow"; node: NodeId; forMs: Millis; turnMs: Millis }
  | { kind: "clock"; node: NodeId; byMs: Millis }
  /** Each source no longer reaches any target. */
  | { kind: "cut"; sources: NodeId[]; targets: NodeId[]; both: boolean; forMs: Millis }
  /** Neither side reaches the other one, and each is told that the other is dead. */
  | { kind: "partition"; side: NodeId[]; other: NodeId[]; forMs: Millis }
  | { kind: "suspicion"; node: NodeId; by: NodeId; forMs: Millis }
);

type Setting = {
  protocol: Mix;
  coordinators: readonly NodeId[];
  replicas: readonly NodeId[];
  nodes: readonly NodeId[];
  /** No fault begins after this. */
  endMs: Millis;
  /** Only partitions. */
  partition: boolean;
};

const MOMENTS: readonly Moment[] = ["before-commit", "before-release", "partial-release", "after-release"];
const FAULTS_MOST = 20;
const CASCADES = 0.6;
const LONG_MS = 5000;

export function drawFaults(random: Random, setting: Setting): Fault[] {
  return new Draw(random, setting).faults();
}

class Draw {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #protocols: readonly ProtocolName[];
  /** Not every run has every kind of fault: some bugs need one kind and are hidden by another. */
  readonly #kinds: Fault["kind"][];

  constructor(random: Random, setting: Setting) {
    const { protocol, partition } = setting;
    this.#random = random;
    this.#setting = setting;
    this.#protocols = protocol === "mixed" ? ["2pc", "3pc"] : [protocol];
    const weights: Record<Fault["kind"], number> = {
      crash: 0.6,
      turn: 0.5,
      point: 0.5,
      flush: 0.3,
      "total failure": 0.3,
      pause: 0.4,
      slow: 0.3,
      clock: 0.3,
      cut: 0.5,
      partition: 0,
      // Three-phase commit relies on a failure detector that is right.
      suspicion: protocol === "2pc" ? 0.2 : 0,
    };
    const kinds = (Object.keys(weights) as Fault["kind"][]).filter((kind) => random.chance(weights[kind]));
    this.#kinds = partition ? ["partition"] : kinds;
  }

  faults(): Fault[] {
    if (this.#kinds.length === 0) return [];
    const { endMs } = this.#setting;
    const count = this.#random.whole(1, FAULTS_MOST);
    const faults = Array.from({ length: count }, () => this.#fault(this.#random.whole(0, endMs)));
    if (this.#kinds.includes("point")) faults.push(...this.#cascades(endMs));
    faults.push(...faults.filter(({ kind }) => kind === "total failure").flatMap(({ at }) => this.#relapse(at)));
    return faults.sort((left, right) => left.at - right.at);
  }

  /** Everybody dies again while some recover, and others have not been back. */
  #relapse(at: Millis): Fault[] {
    if (!this.#random.chance(0.5)) return [];
    return [{ at: at + this.#random.whole(30, 1000), kind: "total failure", deaths: this.#deaths() }];
  }

  /** One leader after the other dies while it ends a transaction, and most of them stay away for long. */
  #cascades(endMs: Millis): Fault[] {
    const random = this.#random;
    if (!random.chance(CASCADES)) return [];
    return Array.from({ length: random.whole(1, 4) }, () => random.whole(0, endMs)).flatMap((at) =>
      random.shuffled(this.#setting.nodes).map((node): Fault => {
        const points = this.#points(node).filter((point) => CRASH_POINTS[point].on !== "turn");
        const afterlife = { ...this.#afterlife(), downMs: random.pick([50, 500, LONG_MS]) };
        const partial = points.filter(takesTargets);
        const point = random.pick(partial.length > 0 && random.chance(0.6) ? partial : points);
        return { at, kind: "point", node, point, ...this.#aim(), hit: 1, afterlife };
      }),
    );
  }

  #fault(at: Millis): Fault {
    const random = this.#random;
    const node = random.pick(this.#setting.nodes);
    const forMs = random.skewed(10, 2500);
    const kind = random.pick(this.#kinds);
    switch (kind) {
      case "crash":
        return { at, kind, node, afterlife: this.#afterlife() };
      case "turn":
        return { at, kind, node, moment: random.pick(MOMENTS), ...this.#aim() };
      case "point":
        return { at, kind, node, point: random.pick(this.#points(node)), ...this.#aim() };
      case "flush": {
        const fault = { after: random.whole(0, 7), durable: random.chance(0.5) };
        return { at, kind, node, fault, afterlife: this.#afterlife() };
      }
      case "total failure":
        return { at, kind, deaths: this.#deaths() };
      case "pause":
        return { at, kind, node, forMs };
      case "slow":
        return { at, kind, node, forMs, turnMs: random.pick([5, 40]) };
      case "clock":
        return { at, kind, node, byMs: random.pick([-2000, -100, 100, 2000]) };
      case "cut": {
        const [sources, targets] = this.#sides();
        return { at, kind, sources, targets, both: random.chance(0.5), forMs };
      }
      case "partition": {
        const [side, other] = this.#sides();
        return { at, kind, side, other, forMs };
      }
      case "suspicion":
        return { at, kind, node, by: random.pick(this.#setting.nodes), forMs };
    }
  }

  /** Close together, so that one transaction sees them all; and back at any time, one perhaps long after the others. */
  #deaths(): Extract<Fault, { kind: "total failure" }>["deaths"] {
    const random = this.#random;
    const spanMs = random.pick([1, 10, 60, 200]);
    const deaths = random.shuffled(this.#setting.nodes).map((node) => {
      return { node, afterMs: random.next() * spanMs, afterlife: this.#afterlife() };
    });
    const [late] = deaths;
    if (late && random.chance(0.5)) late.afterlife.downMs = LONG_MS;
    return deaths;
  }

  #sides(): [NodeId[], NodeId[]] {
    const { nodes } = this.#setting;
    const side = this.#random.some(nodes);
    return [side, nodes.filter((node) => !side.includes(node))];
  }

  #points(node: NodeId): CrashPoint[] {
    const { coordinators, replicas } = this.#setting;
    const roles = { coordinates: coordinators.includes(node), replicates: replicas.includes(node) };
    return pointsOf(roles, this.#protocols);
  }

  #aim(): { hit: number; sends: NodeId[]; afterlife: Afterlife } {
    const sends = this.#random.some(this.#setting.nodes);
    return { hit: this.#random.whole(1, 6), sends, afterlife: this.#afterlife() };
  }

  #afterlife(): Afterlife {
    const random = this.#random;
    return { downMs: random.skewed(20, 3000), power: random.chance(0.5), stumbles: random.pick([0, 0, 0, 1, 2]) };
  }
}
