/** What is done to a cluster, drawn from a seed: a deck of all kinds of faults, shuffled anew when it is used up. */

import type { ProtocolName } from "../../actors/transaction.js";
import { type CrashPlan, type CrashPoint, pointsOf, takesTargets } from "../../runtime/faults.js";
import type { Random } from "../../runtime/simulation/random.js";
import { DAMAGES, type Damage, type Link } from "./detour.js";

export type Fault =
  /** SIGKILL, at the same moment. */
  | { kind: "kill"; nodes: string[] }
  /** SIGSTOP, and later SIGCONT. `gateway` is the supervisor itself. */
  | { kind: "pause"; nodes: string[]; forMs: number }
  /** SIGKILL, as soon as it is back, several times. */
  | { kind: "restart-storm"; node: string; times: number }
  /** SIGKILL by its own hand, at a point of a transaction. */
  | { kind: "crash-point"; node: string; plan: CrashPlan & { at: CrashPoint } }
  /** SIGKILL for the supervisor with all nodes, or for it alone. */
  | { kind: "total-failure"; whom: "group" | "supervisor" }
  | { kind: "links"; damage: Damage; links: Link[]; forMs: number }
  /** All but so many bytes of one node's disk are taken. */
  | { kind: "full-disk"; node: string; leaveBytes: number; forMs: number };

export type FaultKind = Fault["kind"];

/** What there is to be hurt. */
export type Victims = {
  coordinators: readonly string[];
  replicas: readonly string[];
  /** Those of the traffic. */
  protocols: readonly ProtocolName[];
  /** Empty where links cannot be damaged. */
  links: readonly Link[];
  /** The node on a small disk, if there is one. */
  disk: string | undefined;
};

export const GATEWAY = "gateway";
const SEVERAL_CHANCE = 0.35;
/** More in a row would make the supervisor give the node up. */
const STORM_MOST = 4;
const RESERVE_BYTES = 4 * 1024 * 1024;

export class FaultDeck {
  readonly #dice: Random;
  readonly #victims: Victims;
  readonly #nodes: string[];
  #deck: FaultKind[] = [];

  constructor(dice: Random, victims: Victims) {
    this.#dice = dice;
    this.#victims = victims;
    this.#nodes = [...new Set([...victims.coordinators, ...victims.replicas])];
  }

  /** What comes next: one fault, or several different ones at once. */
  draw(): Fault[] {
    const first = this.#next();
    const others = this.#kinds().filter((kind) => kind !== first);
    const more = this.#dice.chance(SEVERAL_CHANCE) ? this.#dice.sample(others, this.#dice.whole(1, 2)) : [];
    return [first, ...more].map((kind) => this.#draws[kind]());
  }

  #next(): FaultKind {
    if (this.#deck.length === 0) this.#deck = this.#dice.shuffled(this.#kinds());
    return this.#deck.pop() as FaultKind;
  }

  #kinds(): FaultKind[] {
    const always: FaultKind[] = ["kill", "pause", "restart-storm", "crash-point", "total-failure"];
    const links: FaultKind[] = this.#victims.links.length > 0 ? ["links"] : [];
    const disk: FaultKind[] = this.#victims.disk !== undefined ? ["full-disk"] : [];
    return [...always, ...links, ...disk];
  }

  readonly #draws: Record<FaultKind, () => Fault> = {
    kill: () => {
      const count = this.#dice.pick([1, 1, 2, this.#nodes.length]);
      return { kind: "kill", nodes: this.#dice.sample(this.#nodes, count) };
    },
    pause: () => {
      const nodes = this.#dice.sample([...this.#nodes, GATEWAY], this.#dice.pick([1, 1, 2]));
      return { kind: "pause", nodes, forMs: this.#dice.whole(500, 5000) };
    },
    "restart-storm": () => {
      return { kind: "restart-storm", node: this.#dice.pick(this.#nodes), times: this.#dice.whole(2, STORM_MOST) };
    },
    "crash-point": () => this.#crashPoint(),
    "total-failure": () => ({ kind: "total-failure", whom: this.#dice.pick(["group", "supervisor"]) }),
    links: () => this.#damagedLinks(),
    "full-disk": () => {
      const [node = "", leaveBytes] = [this.#victims.disk, this.#dice.pick([0, RESERVE_BYTES])];
      return { kind: "full-disk", node, leaveBytes, forMs: this.#dice.whole(500, 3000) };
    },
  };

  #crashPoint(): Fault {
    const { coordinators, replicas, protocols } = this.#victims;
    const node = this.#dice.pick(this.#nodes);
    const roles = { coordinates: coordinators.includes(node), replicates: replicas.includes(node) };
    const at = this.#dice.pick(pointsOf(roles, protocols));
    const targets = this.#dice.sample(this.#nodes, this.#dice.whole(0, this.#nodes.length));
    const told = takesTargets(at) ? { targets } : {};
    const restart = this.#dice.chance(0.7);
    return { kind: "crash-point", node, plan: { at, hit: this.#dice.whole(1, 20), restart, ...told } };
  }

  /** One link, all from or to one address (cut off one way), or all of one address both ways. */
  #damagedLinks(): Fault {
    const { links } = this.#victims;
    const one = this.#dice.pick(links);
    const chosen = this.#dice.pick([
      [one],
      links.filter(({ source }) => source === one.source),
      links.filter(({ target }) => target === one.target),
      links.filter(({ source, target }) => source === one.source || target === one.source),
    ]);
    return { kind: "links", damage: this.#dice.pick(DAMAGES), links: chosen, forMs: this.#dice.whole(500, 4000) };
  }
}

/** A fault in a few words. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
      return `kill ${fault.nodes.join(", ")}`;
    case "pause":
      return `pause ${fault.nodes.join(", ")} for ${fault.forMs} ms`;
    case "restart-storm":
      return `kill ${fault.node} ${fault.times} times in a row`;
    case "crash-point":
      return `${fault.node} dies at ${fault.plan.at}${fault.plan.restart === false ? " and stays down" : ""}`;
    case "total-failure":
      return fault.whom === "group" ? "kill everything" : "kill the supervisor";
    case "links":
      return `${fault.damage} ${fault.links.map(({ source, target }) => `${source}→${target}`).join(" ")} for ${fault.forMs} ms`;
    case "full-disk":
      return `full disk of ${fault.node} for ${fault.forMs} ms${fault.leaveBytes > 0 ? " but for the reserve" : ""}`;
  }
}
