/** A stage for conversations: real nodes and loops on memory disks, with time and the network in the script's hands. */

import type { Envelope, Message } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import type { Settings } from "../../actors/protocol.js";
import type { Address, Key, Millis, NodeId, ProtocolName } from "../../actors/transaction.js";
import type { Roles } from "../../actors/transactions.js";
import { type CrashPlan, type CrashPoint, FaultPlan } from "../../runtime/faults.js";
import { Custodian } from "../../runtime/files/custodian.js";
import { Journal, type JournalLine } from "../../runtime/journal.js";
import { journalText, messageText } from "../../runtime/journal-text.js";
import { Loop, type LoopOptions } from "../../runtime/loop.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryContents } from "../../storage/memory-contents.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import { StageClock } from "./clock.js";

/** One message on its way. */
export type Flight = { source: Address; target: Address; epoch: number; body: Message };

type Word = { node: NodeId; up: boolean; epoch: number };

type Actor = { loop: Loop; core: Node; clock: StageClock; faults: FaultPlan; storage: MemoryStorage };

const SETTINGS: Settings = { resendAfterMs: 500, inquireAfterMs: 500, retainedOutcomes: 1000 };

export class Stage {
  readonly nodes: readonly NodeId[];
  readonly coordinators: readonly NodeId[];
  readonly replicas: readonly NodeId[];
  readonly #settings: Settings;
  readonly #roles: Partial<Roles>;
  readonly #disks = new Map<NodeId, MemoryDisk>();
  readonly #contents = new Map<NodeId, MemoryContents>();
  readonly #actors = new Map<NodeId, Actor>();
  #flights: Flight[] = [];
  /** The last incarnation of each node. */
  readonly #epochs = new Map<NodeId, number>();
  /** Those whose next death nobody is told of. */
  readonly #stealthy = new Set<NodeId>();
  #kept: Flight[] = [];
  #lines: string[] = [];
  /** What clients were told. */
  #answers: Message[] = [];
  #now: Millis = 0;
  readonly #exact: boolean;
  readonly #founders: readonly NodeId[] | undefined;
  /** What a node has not been told yet of what went unnoticed, the oldest first. */
  readonly #untold = new Map<NodeId, Word[]>();

  /** `roles` are other rules than the shipped ones. */
  constructor(
    nodes: readonly NodeId[],
    protocol: ProtocolName,
    { founders, ...settings }: Partial<Settings> & { founders?: readonly NodeId[] } = {},
    roles: Partial<Roles> = {},
  ) {
    this.#roles = roles;
    this.#exact = protocol === "3pc";
    this.nodes = nodes;
    this.coordinators = nodes.filter((node) => node.startsWith("c"));
    this.replicas = nodes.filter((node) => node.startsWith("n"));
    this.#founders = founders;
    this.#settings = { ...SETTINGS, ...settings };
    for (const node of nodes) this.start(node);
    this.#lines = [];
  }

  /** What was heard since the last call. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  takeAnswers(): Message[] {
    return this.#answers.splice(0);
  }

  /**
   * Starts or restarts a node over its disk, and lets the others know, unless it goes unnoticed. An exact detector tells it
   * of the others in any case.
   */
  start(self: NodeId, unnoticed = false): void {
    const disk = this.#disks.get(self) ?? new MemoryDisk();
    this.#disks.set(self, disk);
    const storage = new MemoryStorage(disk);
    this.#epochs.set(self, storage.epoch);
    const core = new Node({
      nodes: this.nodes,
      self,
      replicas: this.replicas,
      epoch: storage.epoch,
      reach: storage.reach,
      settings: this.#settings,
      founders: this.#founders,
      judge: "client",
      roles: this.#roles,
    });
    for (const record of storage.replay()) core.replay(record);
    const clock = new StageClock(() => this.#now);
    const faults = new FaultPlan();
    const custodian = this.replicas.includes(self) ? new Custodian(this.contents(self), storage, core) : undefined;
    const loop = this.#loop(self, { core, storage, clock, faults, custodian });
    this.#actors.set(self, { loop, core, clock, faults, storage });
    if (unnoticed) this.#startUnnoticed(self, loop);
    else this.#introduce(self, loop);
    loop.start();
    this.settle();
  }

  /** Ends a node at once, or arms it. With `flush`, what was not forced has become durable before; with `empty`, its disk is gone. */
  crash(node: NodeId, plan: CrashPlan, { unnoticed = false, flush = false, empty = false } = {}): void {
    const { at } = plan;
    if (at !== undefined) {
      this.actor(node).faults.arm({ ...plan, at: at as CrashPoint });
      if (unnoticed) this.#stealthy.add(node);
      return;
    }
    this.actor(node).loop.halt(flush);
    this.#die(node, unnoticed);
    if (empty) this.#disks.delete(node) && this.#contents.delete(node);
    this.settle();
  }

  /** The next commit of a node fails, at its first flush, or at its last one after which it is on disk all the same. */
  refuse(node: NodeId, durable: boolean): void {
    const disk = this.#disks.get(node);
    if (disk) disk.fault = { after: durable ? 1 : 0, durable };
  }

  /** The contents at a node, which outlive it. */
  contents(node: NodeId): MemoryContents {
    const contents = this.#contents.get(node) ?? new MemoryContents();
    this.#contents.set(node, contents);
    return contents;
  }

  /** A node has this key, whoever wrote it. */
  hold(node: NodeId, key: Key): void {
    this.actor(node).storage.commit({ records: [], writes: [{ key, value: "1", version: "t0" }] });
  }

  /** The failure detector's word, for one node. An exact one says it of that life which is due; otherwise it lies. */
  hear(node: NodeId, peer: NodeId, up: boolean): void {
    const untold = this.#untold.get(node) ?? [];
    const next = untold.findIndex((word) => word.node === peer);
    const isTrue = untold[next]?.up === up;
    const [word] = isTrue ? untold.splice(next, 1) : [];
    const epoch = word?.epoch ?? this.#epochs.get(peer);
    this.actor(node).loop.peer(peer, up, this.#exact ? epoch : undefined);
    this.settle();
  }

  /** Time passes for one node, whose clock is its own, until its next alarm rings. */
  ring(node: NodeId): void {
    this.actor(node).clock.hurry();
    this.settle();
  }

  send(source: Address, target: Address, body: Message): void {
    this.#flights.push({ source, target, epoch: 1, body });
  }

  /** Messages under way that the test picks. */
  flights(wanted: (flight: Flight) => boolean): Flight[] {
    return this.#flights.filter(wanted);
  }

  lose(flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight);
  }

  copy(flight: Flight): void {
    this.#flights.push({ ...flight });
  }

  /** Copies a message to arrive long after. */
  keep(flight: Flight): void {
    this.#kept.push({ ...flight });
  }

  /** Delivers what was kept. */
  late(): void {
    this.deliver(this.#kept.splice(0));
  }

  /** Hands over messages in the order they were sent, all before the receivers' next turn. */
  deliver(flights: readonly Flight[]): void {
    for (const flight of flights) {
      this.lose(flight);
      const { source, target, epoch, body } = flight;
      const envelope: Envelope = { source, target, epoch, seq: 0, bodies: [body] };
      const actor = this.#actors.get(target);
      if (actor) actor.loop.receive(envelope);
      else if (!this.nodes.includes(target)) this.#tell(target, body);
    }
    this.settle();
  }

  /** Delivers whatever is sent until nobody has anything to say. */
  run(): void {
    for (let rounds = 0; this.#flights.length > 0; rounds += 1) {
      if (rounds > 1000) throw new Error("the conversation does not end");
      this.deliver([...this.#flights]);
    }
  }

  wait(ms: Millis): void {
    this.#now += ms;
    for (const { clock } of this.#actors.values()) clock.ring();
    this.settle();
  }

  /** Lets every node take the turns that it has asked for. */
  settle(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const { clock } of [...this.#actors.values()]) busy = clock.work() || busy;
    }
  }

  actor(node: NodeId): Actor {
    const actor = this.#actors.get(node);
    if (!actor) throw new Error(`${node} is down`);
    return actor;
  }

  isUp(node: NodeId): boolean {
    return this.#actors.has(node);
  }

  #loop(self: NodeId, parts: Pick<LoopOptions, "core" | "storage" | "clock" | "faults" | "custodian">): Loop {
    const journal = new Journal();
    journal.listen((line) => this.#hear(line));
    const transport = { send: (envelope: Envelope) => this.#post(envelope), close: () => undefined };
    const ends = (how: string) => {
      this.#lines.push(`${self} ${how}`);
      this.#die(self, this.#stealthy.delete(self));
    };
    return new Loop({
      ...parts,
      self,
      nodes: this.nodes,
      journal,
      exact: this.#exact,
      transport,
      crash: (moment) => ends(`dies ${moment}`),
      fail: (error) => ends(`is broken: ${(error as Error).message}`),
    });
  }

  /** Turns in which nothing happens are not worth a line. */
  #hear(line: JournalLine): void {
    const eventful = line.records.length + line.messages.length > 0;
    if (eventful || line.inputs.some((event) => event.kind === "message")) this.#lines.push(journalText(line));
  }

  #tell(client: Address, body: Message): void {
    this.#lines.push(`${client} < ${messageText(body)}`);
    this.#answers.push(body);
  }

  #post({ source, target, epoch, bodies }: Envelope): void {
    for (const body of bodies) this.#flights.push({ source, target, epoch, body });
  }

  #introduce(self: NodeId, loop: Loop): void {
    for (const [other, { loop: its, storage }] of this.#actors) {
      its.peer(self, true, this.#epochs.get(self));
      if (other !== self) loop.peer(other, true, storage.epoch);
    }
  }

  #startUnnoticed(self: NodeId, loop: Loop): void {
    this.#untold.delete(self);
    this.#leaveUntold(self, true);
    if (!this.#exact) return;
    for (const other of this.nodes) {
      if (other !== self) loop.peer(other, this.isUp(other), this.#epochs.get(other));
    }
  }

  #leaveUntold(node: NodeId, up: boolean): void {
    const word = { node, up, epoch: this.#epochs.get(node) ?? 0 };
    for (const other of this.#actors.keys()) {
      if (other !== node) this.#untold.set(other, [...(this.#untold.get(other) ?? []), word]);
    }
  }

  #die(node: NodeId, unnoticed = false): void {
    this.#actors.delete(node);
    this.contents(node).lose(() => false);
    if (unnoticed) return this.#leaveUntold(node, false);
    const epoch = this.#epochs.get(node);
    for (const { loop } of this.#actors.values()) loop.peer(node, false, epoch);
  }
}
