/** A simulated node: the shipped core and loop on a disk in memory, with its deaths, pauses and wrong clocks. */

import type { Envelope } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import { Broken, type Output, type Settings } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type { Millis, NodeId } from "../../actors/transaction.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryContents } from "../../storage/memory-contents.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import type { Batch } from "../../storage/storage.js";
import type { Strike } from "../faults.js";
import { Custodian } from "../files/custodian.js";
import { Journal, type JournalLine } from "../journal.js";
import { Loop } from "../loop.js";
import type { Agenda } from "./agenda.js";
import { SimulatedClock } from "./clock.js";

/** What everybody around a node wants to know of it, and does for it. */
export type Surroundings = {
  agenda: Agenda;
  nodes: readonly NodeId[];
  replicas: readonly NodeId[];
  /** See `NodeOptions`. */
  founders: readonly NodeId[] | undefined;
  settings: Settings;
  /** See `LoopOptions`. */
  exact: boolean;
  /** How long a node needs to get to a turn, unless it is slowed down. */
  turnMs: Millis;
  send(envelope: Envelope): void;
  /** Records that are durable: committed now, or found at a start. */
  durable(node: NodeId, batch: Batch, storage: MemoryStorage): void;
  line(line: JournalLine): void;
  /** The node is gone. `error` is given unless it was meant to die. */
  died(node: NodeId, how: string, error?: unknown): void;
};

const EVERYTHING = 1_000_000;

type Life = { core: Node; loop: Loop; storage: MemoryStorage; clock: SimulatedClock };

export class Actor {
  readonly self: NodeId;
  readonly disk = new MemoryDisk();
  readonly contents = new MemoryContents();
  /** How long this node needs to get to a turn now. */
  turnMs: Millis;
  /** Its last incarnation. */
  epoch = 0;
  /** How far its clock is ahead. */
  skewMs: Millis = 0;
  /** Decides on a crash in the present turn. */
  strike: ((output: Output) => Strike | undefined) | undefined;
  readonly #around: Surroundings;
  #life: Life | undefined;
  #paused = false;
  /** What the last commit that failed was to record. */
  #attempted: readonly LogRecord[] = [];
  #backlog: (() => void)[] = [];

  constructor(self: NodeId, around: Surroundings) {
    this.self = self;
    this.#around = around;
    this.turnMs = around.turnMs;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get core(): Node | undefined {
    return this.#life?.core;
  }

  get storage(): MemoryStorage | undefined {
    return this.#life?.storage;
  }

  /** Opens the disk, replays, and takes part from now on. Throws what the storage or the core throws. */
  start(): void {
    const { nodes, replicas, founders, settings, durable, send, agenda } = this.#around;
    const storage = new ObservedStorage(this.disk, {
      done: (batch) => durable(this.self, batch, storage),
      failed: ({ records }) => {
        this.#attempted = records;
      },
    });
    const { epoch, reach } = storage;
    const core = new Node({ self: this.self, nodes, replicas, founders, epoch, reach, settings });
    const records: LogRecord[] = [...storage.replay()];
    const writes = storage.scan({}, EVERYTHING).map(({ key, stored }) => ({ key, ...stored }));
    durable(this.self, { records: this.#withUnseen(records), writes }, storage);
    for (const record of records) core.replay(record);
    this.epoch = storage.epoch;
    const journal = new Journal();
    journal.listen(this.#around.line);
    const clock = new SimulatedClock(
      agenda,
      () => this.skewMs,
      () => this.turnMs,
    );
    const isAlive = () => this.#life?.core === core;
    const loop = new Loop({
      self: this.self,
      nodes,
      core,
      storage,
      journal,
      exact: this.#around.exact,
      transport: { send, close: () => undefined },
      clock: {
        now: () => clock.now(),
        soon: (work) => clock.soon(() => isAlive() && this.#perform(work)),
        alarm: (at, work) => clock.alarm(at, () => isAlive() && this.#perform(work)),
      },
      custodian: this.#custodian(storage, core),
      faults: { strike: (output) => this.strike?.(output) },
      crash: (moment) => this.die(`dies ${moment}`),
      fail: (error) => this.#fail(error),
    });
    this.#life = { core, loop, storage, clock };
    loop.start();
  }

  receive(envelope: Envelope): void {
    this.#perform(() => this.#life?.loop.receive(envelope));
  }

  peer(node: NodeId, up: boolean, epoch?: number): void {
    this.#perform(() => this.#life?.loop.peer(node, up, epoch));
  }

  /** Gone at once, between two turns. */
  die(how: string, error?: unknown): void {
    if (!this.#life) return;
    this.#life.loop.halt(false);
    this.#life = undefined;
    this.#backlog = [];
    this.#paused = false;
    this.strike = undefined;
    this.#around.died(this.self, how, error);
  }

  /** As quick as it was at first. */
  hasten(): void {
    this.turnMs = this.#around.turnMs;
  }

  /** Takes no turn until it is resumed; what arrives waits. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const work of this.#backlog.splice(0)) this.#perform(work);
  }

  stepClock(byMs: Millis): void {
    this.skewMs += byMs;
    this.#life?.clock.stepped();
  }

  /** Whoever holds data looks after contents. */
  #custodian(storage: MemoryStorage, core: Node): Custodian | undefined {
    const isReplica = this.#around.replicas.includes(this.self);
    return isReplica ? new Custodian(this.contents, storage, core) : undefined;
  }

  /** Promises that were durable, and superseded, by a commit of which nobody was told that it had succeeded. */
  #withUnseen(found: readonly LogRecord[]): LogRecord[] {
    return found.flatMap((record) => {
      if (record.kind !== "concluded") return [record];
      const promise = this.#attempted.filter((earlier) => earlier.kind === "prepared" && earlier.txn === record.txn);
      return [...promise, record];
    });
  }

  #perform(work: () => void): void {
    if (this.#paused) this.#backlog.push(work);
    else work();
  }

  /** A disk that refuses was meant to. Any other failure is a finding. */
  #fail(error: unknown): void {
    const isMeant = error instanceof Broken && error.code === "storage-failed";
    if (isMeant) this.die("dies of its disk");
    else this.die(`is broken: ${error instanceof Error ? error.message : error}`, error);
  }
}

class ObservedStorage extends MemoryStorage {
  readonly #on: { done(batch: Batch): void; failed(batch: Batch): void };

  constructor(disk: MemoryDisk, on: { done(batch: Batch): void; failed(batch: Batch): void }) {
    super(disk);
    this.#on = on;
  }

  override commit(batch: Batch): void {
    try {
      super.commit(batch);
    } catch (error) {
      this.#on.failed(batch);
      throw error;
    }
    this.#on.done(batch);
  }
}
