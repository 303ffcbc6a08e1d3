/** What one turn of a node sees and gathers. */

import { cost } from "./ballot.js";
import type { Constraints } from "./constraints.js";
import type { Digest } from "./file.js";
import type { LockTable } from "./locks.js";
import type { Positions } from "./positions.js";
import type { Env, Outgoing, Output, Settings, World } from "./protocol.js";
import { compareKeys, isWithin } from "./range.js";
import type { Append } from "./record.js";
import type {
  ChangeQuery,
  ChangesFound,
  Effect,
  Entry,
  Footprint,
  Incarnation,
  Key,
  KeyRange,
  Millis,
  NodeId,
  Position,
  Stored,
  TxnId,
} from "./transaction.js";
import { ALWAYS, type Validator, type Verdict } from "./validator.js";

/** The node whose turn it is. */
export type Actor = {
  self: NodeId;
  nodes: readonly NodeId[];
  replicas: readonly NodeId[];
  epoch: number;
  settings: Settings;
};

/** The last word of the failure detector about each node. */
export type Peers = ReadonlyMap<NodeId, Word>;
export type Word = { up: boolean; epoch: number };

/** Its own writes are visible to its later steps. */
export class Turn implements Env {
  readonly output = { records: [] as Append[], writes: [] as Effect[], messages: [] as Outgoing[] };
  readonly self: NodeId;
  readonly epoch: number;
  readonly nodes: readonly NodeId[];
  replicas: readonly NodeId[];
  view: TxnId | undefined;
  readonly settings: Settings;
  readonly now: Millis;
  readonly constraints: Constraints;
  readonly frontier: Position;
  ruling: Validator | Verdict = ALWAYS;
  readonly #world: World;
  readonly #peers: Peers;
  readonly #locks: LockTable;
  readonly #positions: Positions;
  #room: number | undefined;
  #promised = 0;
  readonly #written = new Map<Key, Stored | undefined>();

  constructor(
    options: Actor,
    world: World,
    peers: Peers,
    transactions: { locks: LockTable; positions: Positions },
    constraints: Constraints,
  ) {
    this.self = options.self;
    this.epoch = options.epoch;
    this.nodes = options.nodes;
    this.replicas = options.replicas;
    this.settings = options.settings;
    this.now = world.now;
    this.#world = world;
    this.#peers = peers;
    this.#locks = transactions.locks;
    this.#positions = transactions.positions;
    this.frontier = transactions.positions.frontier;
    this.constraints = constraints;
  }

  read(key: Key): Stored | undefined {
    return this.#written.has(key) ? this.#written.get(key) : this.#world.read(key);
  }

  scan(range: KeyRange, limit: number, reverse = false): Entry[] {
    const written = [...this.#written.keys()].filter((key) => isWithin(key, range));
    const committed = this.#world.scan(range, limit + written.length, reverse);
    if (written.length === 0) return committed;
    const entries = committed.filter(({ key }) => !this.#written.has(key));
    for (const key of written) {
      const stored = this.#written.get(key);
      if (stored) entries.push({ key, stored });
    }
    const sign = reverse ? -1 : 1;
    return entries.sort((left, right) => sign * compareKeys(left.key, right.key)).slice(0, limit);
  }

  /** As committed before this turn. */
  changes(query: ChangeQuery): ChangesFound {
    return this.#world.changes(query);
  }

  misfit(schema: string, value: string): string | undefined {
    return this.#world.misfit(schema, value);
  }

  holds(content: Digest): boolean {
    return this.#world.holds(content);
  }

  /** Asked of the disk only by those who promise. */
  room(): number {
    this.#room ??= this.#world.room();
    return this.#room - this.#promised;
  }

  isUp(node: NodeId): boolean {
    return this.#peers.get(node)?.up === true;
  }

  epochOf(node: NodeId): number {
    return this.#peers.get(node)?.epoch ?? 0;
  }

  hasFailed({ node, epoch }: Incarnation): boolean {
    const peer = this.#peers.get(node);
    return peer !== undefined && (peer.epoch > epoch || (peer.epoch === epoch && !peer.up));
  }

  propose(): Position {
    return this.#positions.propose();
  }

  interrupt(): void {
    this.#positions.interrupt();
  }

  resume(position: Position): void {
    this.#positions.resume(position);
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

  #write(write: Effect): void {
    const { key, value, version } = write;
    this.output.writes.push(write);
    this.#written.set(key, value === undefined ? undefined : { value, version });
    this.constraints.wrote(write, this);
  }
}
