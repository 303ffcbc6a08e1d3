/** One node of an explored cluster as plain data, and its turn: step the shipped core, commit once, only then send. */

import type { Message } from "../../actors/message.js";
import { Node, type NodeSnapshot } from "../../actors/node.js";
import type { Event, Outgoing, Output, Settings } from "../../actors/protocol.js";
import { compareKeys, isWithin } from "../../actors/range.js";
import type { LogRecord } from "../../actors/record.js";
import type { Address, Entry, Key, KeyRange, NodeId, Stored, Write } from "../../actors/transaction.js";
import type { Roles } from "../../actors/transactions.js";
import { misfit } from "../schema.js";

export type Cell = Stored & { key: Key };

/** What outlives a crash. The log is never compacted, so it holds every decision that ever was durable. */
export type Disk = { epoch: number; log: readonly LogRecord[]; data: readonly Cell[] };

export type Actor = { node: NodeId; disk: Disk; running: Running | undefined };

/** What a crash takes away. */
type Running = {
  core: NodeSnapshot;
  /** Records that are not durable, since none of them is forced. */
  lazy: readonly LogRecord[];
  /** Messages that rest on one of those. */
  resting: readonly Outgoing[];
};

/**
 * A message on its way. Where the failure detector is exact it says which incarnation sent it. Otherwise it does not: the
 * core must be safe without the mailbox's filter.
 */
export type Letter = { kind: "letter"; source: Address; target: Address; body: Message; epoch?: number };

/** What the failure detector says of a node. */
export type Word = { node: NodeId; up: boolean; epoch?: number };

/** What may happen to a running node. A `flush` stands for the commit of whatever else the node is doing. */
export type Happening =
  | Letter
  | (Word & { kind: "word"; target: NodeId })
  /** What it is told of all others when it starts, together with the alarm that is due by then. */
  | { kind: "news"; target: NodeId; words: readonly Word[] }
  | { kind: "alarm"; target: NodeId }
  | { kind: "flush"; target: NodeId };

/** A turn, and the actor after it. `output` is what the core wanted, `sent` is what left. */
export type Turn = { actor: Actor; inputs: Event[]; output: Output; sent: readonly Outgoing[] };

export type Play = {
  nodes: readonly NodeId[];
  replicas: readonly NodeId[];
  roles?: Partial<Roles> | undefined;
  /** Whether the failure detector is exact, as three-phase commit needs it. */
  exact?: boolean;
};

/** Time stands still and nobody is patient: a deadline once set is always due, and an alarm may ring at any moment. */
const SETTINGS: Settings = { resendAfterMs: 0, inquireAfterMs: 0, retainedOutcomes: Number.POSITIVE_INFINITY };
const NOW = 0;

/** Starts a node over its disk, in a new incarnation. */
export function start(node: NodeId, disk: Disk, play: Play): Actor {
  const reopened = { ...disk, epoch: disk.epoch + 1 };
  const core = newNode(node, reopened, play);
  for (const record of disk.log) core.replay(record);
  return { node, disk: reopened, running: { core: core.snapshot(), lazy: [], resting: [] } };
}

/** What a crash leaves. Unforced records are lost, unless another commit had taken them along (`kept`). */
export function crash({ node, disk, running }: Actor, kept: boolean): Actor {
  return { node, disk: kept && running ? append(disk, running.lazy, []) : disk, running: undefined };
}

/** Lets it happen. Throws what the core throws when one of its assumptions is broken. */
export function takeTurn(actor: Actor, running: Running, happening: Happening, play: Play): Turn {
  if (happening.kind === "flush") return flush(actor, running);
  const { node, disk } = actor;
  const core = newNode(node, disk, play);
  core.restore(running.core);
  const inputs = eventsOf(happening, core.deadline() !== undefined);
  const read = (key: Key) => disk.data.find((cell) => cell.key === key);
  const scan = (range: KeyRange, limit: number, reverse = false) => cellsIn(disk, range, limit, reverse);
  const changes = () => ({ begin: 0 });
  const room = () => Number.POSITIVE_INFINITY;
  const world = { now: NOW, read, scan, changes, room, misfit, holds: () => false };
  const output = core.turn(inputs, world);
  return { inputs, output, ...persist(actor, { ...running, core: core.snapshot() }, output) };
}

function cellsIn({ data }: Disk, range: KeyRange, limit: number, reverse: boolean): Entry[] {
  const sign = reverse ? -1 : 1;
  const found = data.filter(({ key }) => isWithin(key, range));
  const sorted = found.sort((left, right) => sign * compareKeys(left.key, right.key));
  return sorted.slice(0, limit).map(({ key, value, version }) => ({ key, stored: { value, version } }));
}

/** The order of the shipped loop: records and data become durable, and only then messages leave. */
function persist({ node, disk }: Actor, before: Running, output: Output): Pick<Turn, "actor" | "sent"> {
  const { records, writes, messages } = output;
  const lazy = [...before.lazy, ...records.map(({ record }) => record)];
  if (writes.length > 0 || records.some(({ forced }) => forced)) {
    const running = { ...before, lazy: [], resting: [] };
    return { actor: { node, disk: append(disk, lazy, writes), running }, sent: [...before.resting, ...messages] };
  }
  const rests = (message: Outgoing) => message.rests === true && lazy.length > 0;
  const running = { ...before, lazy, resting: [...before.resting, ...messages.filter(rests)] };
  return { actor: { node, disk, running }, sent: messages.filter((message) => !rests(message)) };
}

function flush(actor: Actor, running: Running): Turn {
  if (running.resting.length === 0) return quiet(actor);
  const flushed = { ...running, lazy: [], resting: [] };
  const disk = append(actor.disk, running.lazy, []);
  return { ...quiet(actor), actor: { ...actor, disk, running: flushed }, sent: running.resting };
}

function quiet(actor: Actor): Turn {
  return { actor, inputs: [], output: { records: [], writes: [], messages: [] }, sent: [] };
}

function newNode(self: NodeId, { epoch }: Disk, { nodes, replicas, roles }: Play): Node {
  return new Node({ self, nodes, replicas, epoch, settings: SETTINGS, ...(roles && { roles }) });
}

function eventsOf(happening: Exclude<Happening, { kind: "flush" }>, isDue: boolean): Event[] {
  switch (happening.kind) {
    case "letter":
      return [{ kind: "message", source: happening.source, body: happening.body }];
    case "word":
      return [peer(happening)];
    case "news":
      return [...happening.words.map(peer), ...(isDue ? [{ kind: "alarm" } as const] : [])];
    case "alarm":
      return [{ kind: "alarm" }];
  }
}

function peer({ node, up, epoch = 0 }: Word): Event {
  return { kind: "peer", node, up, epoch };
}

function append(disk: Disk, records: readonly LogRecord[], writes: readonly Write[]): Disk {
  const kept = disk.data.filter(({ key }) => !writes.some((write) => write.key === key));
  const put = writes.flatMap(({ key, value, version }) => (value === undefined ? [] : [{ key, value, version }]));
  return { ...disk, log: [...disk.log, ...records], data: [...kept, ...put] };
}
