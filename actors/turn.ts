/** One turn of a node: what its steps see of the world, and what they want done. */

import { cost } from "./ballot.js";
import type { LockTable } from "./locks.js";
import type { NodeOptions } from "./node.js";
import type { Env, Outgoing, Output, Settings, World } from "./protocol.js";
import type { Append } from "./record.js";
import type { Footprint, Key, Millis, NodeId, Stored, Write } from "./transaction.js";
import { ALWAYS, type Validator, type Verdict } from "./validator.js";

/** Its own writes are visible to its later steps. */
export class Turn implements Env {
  readonly output = { records: [] as Append[], writes: [] as Write[], messages: [] as Outgoing[] };
  readonly self: NodeId;
  readonly epoch: number;
  readonly replicas: readonly NodeId[];
  readonly settings: Settings;
  readonly now: Millis;
  ruling: Validator | Verdict = ALWAYS;
  readonly #world: World;
  readonly #up: ReadonlySet<NodeId>;
  readonly #locks: LockTable;
  #room: number | undefined;
  #promised = 0;
  readonly #written = new Map<Key, Stored | undefined>();

  constructor(options: NodeOptions, world: World, up: ReadonlySet<NodeId>, locks: LockTable) {
    this.self = options.self;
    this.epoch = options.epoch;
    this.replicas = options.replicas;
    this.settings = options.settings;
    this.now = world.now;
    this.#world = world;
    this.#up = up;
    this.#locks = locks;
  }

  read(key: Key): Stored | undefined {
    return this.#written.has(key) ? this.#written.get(key) : this.#world.read(key);
  }

  /** Asked of the disk only by those who promise. */
  room(): number {
    this.#room ??= this.#world.room();
    return this.#room - this.#promised;
  }

  isUp(node: NodeId): boolean {
    return this.#up.has(node);
  }

  conflict(footprint: Footprint) {
    return this.#locks.conflict(footprint);
  }

  send(messages: Output["messages"]): void {
    for (const message of messages) this.output.messages.push(message);
  }

  add({ records, writes, messages }: Output): void {
    for (const append of records) {
      this.output.records.push(append);
      if (append.record.kind === "prepared") this.#promised += cost(append.record.writes);
    }
    for (const write of writes) this.#write(write);
    this.send(messages);
  }

  #write(write: Write): void {
    const { key, value, version } = write;
    this.output.writes.push(write);
    this.#written.set(key, value === undefined ? undefined : { value, version });
  }
}
