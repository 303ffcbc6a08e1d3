/** Carries out the faults of a plan, and ends them all when the cluster is to heal. */

import type { Output } from "../../actors/protocol.js";
import type { NodeId } from "../../actors/transaction.js";
import { FaultPlan, type Strike } from "../faults.js";
import type { Afterlife, SimulatedCluster } from "./cluster.js";
import type { Fault } from "./misfortune.js";

export class Nemesis {
  readonly #cluster: SimulatedCluster;
  /** What ends each false suspicion, and each partition. */
  readonly #errors = new Set<() => void>();
  #over = false;

  constructor(cluster: SimulatedCluster, faults: readonly Fault[]) {
    this.#cluster = cluster;
    for (const fault of faults) cluster.agenda.add(fault.at, () => this.#over || this.#strike(fault));
  }

  /** No fault begins after this; those that last are ended, and whoever is down comes back. */
  heal(): void {
    this.#over = true;
    this.#cluster.note("--- everything is healed ---");
    this.#cluster.network.heal();
    for (const node of this.#cluster.nodes) {
      const actor = this.#cluster.actor(node);
      actor.strike = undefined;
      actor.disk.fault = undefined;
      actor.hasten();
      actor.resume();
    }
    this.#cluster.startAll();
    for (const end of this.#errors) end();
  }

  #strike(fault: Fault): void {
    if (fault.kind === "cut") this.#cut(fault);
    else if (fault.kind === "partition") this.#divide(fault);
    else if (fault.kind === "total failure") this.#killAll(fault);
    else if (!this.#cluster.actor(fault.node).isUp) return;
    else if ("afterlife" in fault) this.#kill(fault);
    else if (fault.kind === "suspicion") this.#suspect(fault.node, fault.by, fault.forMs);
    else this.#hinder(fault);
  }

  #cut(fault: Extract<Fault, { kind: "cut" }>): void {
    const { agenda, network } = this.#cluster;
    this.#cluster.note(`cut ${fault.sources.join(" ")} ${fault.both ? "<>" : ">"} ${fault.targets.join(" ")}`);
    const links = fault.sources.flatMap((source) => linksOf(source, fault.targets, fault.both));
    for (const [source, target] of links) network.cut(source, target);
    agenda.after(fault.forMs, () => {
      if (this.#over) return;
      this.#cluster.note("mended");
      for (const [source, target] of links) network.mend(source, target);
    });
  }

  /** Each side is cut off, and takes the other one for dead. */
  #divide({ side, other, forMs }: Extract<Fault, { kind: "partition" }>): void {
    const { agenda, network } = this.#cluster;
    this.#cluster.note(`${side.join(" ")} and ${other.join(" ")} take each other for dead`);
    const links = side.flatMap((node) => linksOf(node, other, true));
    for (const [source, target] of links) {
      network.cut(source, target);
      this.#mislead(target, source, false);
    }
    const end = () => {
      if (!this.#errors.delete(end)) return;
      this.#cluster.note("they hear of each other again");
      for (const [source, target] of links) {
        if (!this.#over) network.mend(source, target);
        if (this.#cluster.actor(source).isUp) this.#mislead(target, source, true);
      }
    };
    this.#errors.add(end);
    agenda.after(forMs, end);
  }

  #mislead(listener: NodeId, about: NodeId, up: boolean): void {
    const { epoch } = this.#cluster.actor(about);
    if (this.#cluster.actor(listener).isUp) this.#cluster.actor(listener).peer(about, up, epoch);
  }

  #killAll({ deaths }: Extract<Fault, { kind: "total failure" }>): void {
    for (const { node, afterMs, afterlife } of deaths) {
      this.#cluster.agenda.after(afterMs, () => {
        if (this.#over || !this.#cluster.actor(node).isUp) return;
        this.#cluster.afterlife(node, { ...afterlife });
        this.#cluster.actor(node).die("is killed");
      });
    }
  }

  /** At once, or at a moment to come. */
  #kill(fault: Extract<Fault, { afterlife: Afterlife }>): void {
    const actor = this.#cluster.actor(fault.node);
    this.#cluster.afterlife(fault.node, fault.afterlife);
    if (fault.kind === "crash") actor.die("is killed");
    else if (fault.kind === "turn") actor.strike = inTurn(fault);
    else if (fault.kind === "flush") actor.disk.fault = fault.fault;
    else {
      const plan = new FaultPlan();
      plan.arm({ at: fault.point, hit: fault.hit, targets: fault.sends });
      actor.strike = (output) => plan.strike(output);
    }
  }

  /** The node lives on, but not well. */
  #hinder(fault: Extract<Fault, { kind: "pause" | "slow" | "clock" }>): void {
    const actor = this.#cluster.actor(fault.node);
    const { agenda } = this.#cluster;
    if (fault.kind === "clock") {
      this.#cluster.note(`the clock of ${fault.node} steps by ${fault.byMs} ms`);
      actor.stepClock(fault.byMs);
    } else if (fault.kind === "pause") {
      this.#cluster.note(`${fault.node} is paused`);
      actor.pause();
      agenda.after(fault.forMs, () => this.#over || actor.resume());
    } else {
      this.#cluster.note(`${fault.node} is slow`);
      actor.turnMs = fault.turnMs;
      agenda.after(fault.forMs, () => actor.hasten());
    }
  }

  /** A failure detector that is wrong for a while. Two-phase commit must not mind. */
  #suspect(node: NodeId, by: NodeId, forMs: number): void {
    if (node === by || !this.#cluster.actor(by).isUp) return;
    this.#cluster.note(`${by} takes ${node} for dead`);
    const suspicious = this.#cluster.actor(by);
    suspicious.peer(node, false);
    const end = () => {
      if (this.#errors.delete(end) && this.#cluster.actor(node).isUp) suspicious.peer(node, true);
    };
    this.#errors.add(end);
    this.#cluster.agenda.after(forMs, end);
  }
}

function linksOf(source: NodeId, targets: readonly NodeId[], both: boolean): [NodeId, NodeId][] {
  const links = targets.map((target): [NodeId, NodeId] => [source, target]);
  return both ? [...links, ...links.map(([source, target]): [NodeId, NodeId] => [target, source])] : links;
}

/** Strikes in the n-th turn in which something happens. */
function inTurn({ moment, hit, sends }: Extract<Fault, { kind: "turn" }>): (output: Output) => Strike | undefined {
  let hits = 0;
  return ({ records, messages }) => {
    if (records.length + messages.length === 0) return undefined;
    hits += 1;
    return hits < hit ? undefined : { moment, sends: ({ target }) => sends.includes(target) };
  };
}
