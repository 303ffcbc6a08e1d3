/** A simulated cluster: nodes, network, failure detector and supervisor in one simulated time, all in one thread. */

import type { Envelope } from "../../actors/message.js";
import { Broken, type Settings } from "../../actors/protocol.js";
import type { Address, Millis, NodeId } from "../../actors/transaction.js";
import type { MemoryStorage } from "../../storage/memory.js";
import type { Batch } from "../../storage/storage.js";
import type { Membership } from "../config.js";
import type { JournalLine } from "../journal.js";
import { journalText, messageText } from "../journal-text.js";
import { Actor } from "./actor.js";
import { Agenda } from "./agenda.js";
import { Network, type Weather } from "./network.js";
import type { Mix } from "./plan.js";
import type { Random } from "./random.js";

export type ClusterPlan = {
  coordinators: readonly NodeId[];
  replicas: readonly NodeId[];
  settings: Settings;
  /** How long a node needs to get to a turn. */
  turnMs: Millis;
  weather: Weather;
  /** How long the failure detector's word takes. It is never lost, and of each node in order. */
  detector: { leastMs: Millis; mostMs: Millis };
  protocol: Mix;
  membership: Membership;
};

/** What a run is watched by. Everything else follows from it. */
export type Watcher = {
  durable(node: NodeId, batch: Batch, storage: MemoryStorage): void;
  line(line: JournalLine): void;
  /** A node has opened its disk again. */
  started(node: NodeId): void;
  broken(node: NodeId, error: unknown): void;
};

/** What is drawn while it runs: all that happens, and which contents the power takes with it. */
export type Chances = { world: Random; losses: Random };

/** How a death goes on: when the node is started again, and whether what was not flushed may vanish. */
export type Afterlife = { downMs: Millis; power: boolean; stumbles: number };

const BACKOFF_MS = 20;
const RESTARTED: Afterlife = { downMs: BACKOFF_MS, power: false, stumbles: 0 };

export class SimulatedCluster {
  readonly agenda = new Agenda();
  readonly network: Network;
  readonly nodes: readonly NodeId[];
  readonly coordinators: readonly NodeId[];
  readonly replicas: readonly NodeId[];
  /** What happened, a line each, if somebody wants to read it. */
  trace: ((line: string) => void) | undefined;
  turns = 0;
  /** Words of the failure detector that are on their way. */
  #words = 0;
  readonly #actors = new Map<NodeId, Actor>();
  readonly #clients = new Map<Address, (envelope: Envelope) => void>();
  readonly #afterlives = new Map<NodeId, Afterlife>();
  readonly #heardAt = new Map<string, Millis>();
  readonly #random: Random;
  readonly #losses: Random;
  readonly #detector: ClusterPlan["detector"];
  readonly #watcher: Watcher;

  constructor(plan: ClusterPlan, { world: random, losses }: Chances, watcher: Watcher) {
    this.coordinators = plan.coordinators;
    this.replicas = plan.replicas;
    this.nodes = [...new Set([...plan.coordinators, ...plan.replicas])];
    this.#random = random;
    this.#losses = losses;
    this.#detector = plan.detector;
    this.#watcher = watcher;
    this.network = new Network(this.agenda, random, plan.weather, (envelope) => this.#deliver(envelope));
    for (const node of this.nodes) {
      const actor = new Actor(node, {
        agenda: this.agenda,
        nodes: this.nodes,
        replicas: this.replicas,
        settings: plan.settings,
        // Two-phase commit must bear a detector that is wrong; three-phase commit relies on it.
        exact: plan.protocol !== "2pc",
        founders: plan.membership === "up-set" ? plan.replicas : undefined,
        turnMs: plan.turnMs,
        send: (envelope) => this.network.send(envelope),
        durable: (self, batch, storage) => watcher.durable(self, batch, storage),
        line: (line) => this.#line(line),
        died: (self, how, error) => this.#died(self, how, error),
      });
      this.#actors.set(node, actor);
    }
  }

  /** Starts every node that is down. */
  startAll(): void {
    for (const node of this.nodes) this.start(node);
  }

  start(node: NodeId): void {
    const actor = this.actor(node);
    if (actor.isUp) return;
    try {
      actor.start();
    } catch (error) {
      const isMeant = error instanceof Broken && error.code === "storage-failed";
      this.note(`${node} does not start: ${error instanceof Error ? error.message : error}`);
      if (isMeant) this.#restartLater(node);
      else this.#watcher.broken(node, error);
      return;
    }
    this.#watcher.started(node);
    this.note(`${node} starts, epoch ${actor.storage?.epoch}`);
    for (const other of this.nodes) {
      if (other === node) continue;
      const isUp = this.actor(other).isUp;
      this.#tell(node, other, isUp);
      if (isUp) this.#tell(other, node, true);
    }
  }

  /** How the next death of a node goes on. */
  afterlife(node: NodeId, afterlife: Afterlife): void {
    this.#afterlives.set(node, afterlife);
  }

  actor(node: NodeId): Actor {
    const actor = this.#actors.get(node);
    if (!actor) throw new Error(`there is no node ${node}`);
    return actor;
  }

  /** Somebody outside who can receive messages. */
  join(address: Address, receive: (envelope: Envelope) => void): void {
    this.#clients.set(address, receive);
  }

  /** Everybody up, nothing open, locked or waiting, nothing under way. Otherwise what is. */
  unsettled(): string | undefined {
    for (const node of this.nodes) {
      const { core } = this.actor(node);
      if (!core) return `${node} is down`;
      const [open] = core.inDoubt();
      if (open) return `${open.txn} is ${open.phase} at ${node} and waits for ${open.waitingFor.join(", ")}`;
      if (core.membership()?.serves === false) return `${node} does not serve`;
      const { locks, readers } = core.sizes();
      if (locks > 0) return `${locks} keys are locked at ${node}`;
      if (readers > 0) return `${readers} readers wait at ${node}`;
    }
    const underway = this.network.underway + this.#words;
    return underway > 0 ? `${underway} messages are under way` : undefined;
  }

  note(text: string): void {
    this.trace?.(`${stamp(this.agenda.now)} ${text}`);
  }

  #line(line: JournalLine): void {
    this.turns += 1;
    this.#watcher.line(line);
    const eventful = line.records.length + line.messages.length > 0;
    if (this.trace && (eventful || line.inputs.some(({ kind }) => kind === "message"))) this.note(journalText(line));
  }

  #deliver(envelope: Envelope): void {
    const client = this.#clients.get(envelope.target);
    if (client) {
      for (const body of envelope.bodies) this.note(`${envelope.target} < ${messageText(body)}`);
      client(envelope);
    } else this.#actors.get(envelope.target)?.receive(envelope);
  }

  #died(node: NodeId, how: string, error: unknown): void {
    this.note(`${node} ${how}`);
    if (error !== undefined) this.#watcher.broken(node, error);
    for (const other of this.nodes) if (other !== node && this.actor(other).isUp) this.#tell(other, node, false);
    this.#restartLater(node);
  }

  /** What the supervisor does. The power of one node is that of its disk's cache. */
  #restartLater(node: NodeId): void {
    const { downMs, power, stumbles } = this.#afterlives.get(node) ?? RESTARTED;
    this.#afterlives.delete(node);
    const { disk, contents } = this.actor(node);
    if (power) {
      disk.lose(() => this.#random.chance(0.5));
      contents.lose(() => this.#losses.chance(0.5));
    }
    if (stumbles > 0) disk.fault = { after: 0, durable: this.#random.chance(0.5) };
    if (stumbles > 1) this.afterlife(node, { downMs, power, stumbles: stumbles - 1 });
    if (downMs !== Number.POSITIVE_INFINITY) this.agenda.after(downMs, () => this.start(node));
  }

  #tell(listener: NodeId, about: NodeId, up: boolean): void {
    const actor = this.actor(listener);
    const life = actor.core;
    const { epoch } = this.actor(about);
    const pair = `${listener}<${about}`;
    const { leastMs, mostMs } = this.#detector;
    const at = Math.max(this.agenda.now + this.#random.skewed(leastMs, mostMs), this.#heardAt.get(pair) ?? 0);
    this.#heardAt.set(pair, at);
    this.#words += 1;
    this.agenda.add(at, () => {
      this.#words -= 1;
      if (actor.core === life) actor.peer(about, up, epoch);
    });
  }
}

function stamp(at: Millis): string {
  return at.toFixed(3).padStart(10);
}
