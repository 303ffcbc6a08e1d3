/** The turn: take what the mailbox holds, step the core, commit once, only then send. The one place with that order. */

import type { Envelope, Message } from "../actors/message.js";
import type { Node } from "../actors/node.js";
import type { Event, Outgoing, Output } from "../actors/protocol.js";
import type { LogRecord } from "../actors/record.js";
import type { Address, Millis, NodeId } from "../actors/transaction.js";
import type { Storage } from "../storage/storage.js";
import type { Clock } from "./clock.js";
import type { Announcer } from "./direct/announcer.js";
import type { Faults, Moment, Strike } from "./faults.js";
import type { Custodian } from "./files/custodian.js";
import { type Journal, released, type Whole } from "./journal.js";
import { Mailbox } from "./mailbox.js";
import { type Found, noting } from "./recording/found.js";
import type { Gate } from "./stepping/gate.js";
import type { Transport } from "./transport/transport.js";
import { worldOf } from "./world.js";

export type LoopOptions = {
  self: NodeId;
  /** All nodes of the cluster. Every other address is a client. */
  nodes: readonly NodeId[];
  core: Node;
  storage: Storage;
  transport: Transport;
  clock: Clock;
  faults: Faults;
  journal: Journal;
  /** Looks after the contents of files. Without one there are none. */
  custodian?: Custodian | undefined;
  /** Tells those who read the store without asking. */
  announcer?: Announcer | undefined;
  /** Holds messages and commits back for somebody who goes through the protocol by hand. */
  gate?: Gate | undefined;
  /** Whether the failure detector is exact and says which incarnation is up or down: messages then wait for its word. */
  exact: boolean;
  /** Ends the node at a crash point. */
  crash(moment: Moment): void;
  /** Ends the node after a broken assumption or a failed commit. */
  fail(error: unknown): void;
};

/** A turn that is decided, and not yet durable. */
type Decided = { now: Millis; events: Event[]; output: Output } & Omit<Whole, "writes">;

export type Counts = { turns: number; messages: number; forcedWrites: number; flushes: number };

/** Events of one turn at most, so that one commit stays short. */
const TURN_LIMIT = 512;
/** Unforced records kept in memory at most. They may be lost, but must not pile up. */
const LAZY_LIMIT = 1024;
/** How long a message that rests on an unforced record may wait for somebody else's commit. */
const REST_MS = 2;

export class Loop {
  readonly counts: Counts = { turns: 0, messages: 0, forcedWrites: 0, flushes: 0 };
  readonly #options: LoopOptions;
  readonly #mailbox: Mailbox;
  /** Records not yet on disk: none of them is forced. */
  #lazy: LogRecord[] = [];
  /** Messages that rest on one of `#lazy`. */
  #resting: Outgoing[] = [];
  #flushAt: Millis | undefined;
  /** Stands before its commit. Until it goes on there is no other turn. */
  #standing: Decided | undefined;
  /** What is to be done when it is over. */
  #afterwards: (() => void) | undefined;
  #seq = 0;
  #scheduled = false;
  #halted = false;
  /** When something was last made durable. */
  flushedAt: Millis | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#mailbox = new Mailbox(options.nodes, options.self, options.exact);
  }

  /** Begins to live, after the replay. */
  start(): void {
    this.#setAlarm();
  }

  receive(envelope: Envelope): void {
    const { gate } = this.#options;
    this.admit(gate === undefined ? envelope : gate.keep(envelope));
  }

  /** Takes an envelope in past the gate. */
  admit(envelope: Envelope): void {
    if (this.#mailbox.push(envelope)) this.#schedule();
  }

  /** The failure detector's word about an incarnation of another node. Without one it is a suspicion. */
  peer(node: NodeId, up: boolean, epoch?: number): void {
    if (!up) this.#options.gate?.lose(node);
    this.#mailbox.peer(node, up, epoch);
    this.#schedule();
  }

  /** No turn begins after this. With `flush`, what is still lazy becomes durable first. */
  halt(flush: boolean): void {
    if (flush && !this.#halted) this.#guard(() => this.#commit([]));
    this.#halted = true;
  }

  get mailboxSize(): number {
    return this.#mailbox.size;
  }

  /** Records that are not on disk yet, if any. */
  get lazy(): readonly LogRecord[] {
    return this.#lazy;
  }

  /** One turn. A host calls it through the clock; a simulator may call it itself. */
  turn(): void {
    this.#scheduled = false;
    if (this.#halted || this.#standing) return;
    this.#guard(() => this.#turn());
    this.#goOn();
  }

  /** Does something between two turns: now, or when the turn that stands is over. What was to be done then is not. */
  between(work: () => void): void {
    this.#afterwards = this.#standing && work;
    if (!this.#standing) work();
  }

  /** The turn that stands goes on with its commit. */
  advance(): void {
    const standing = this.#standing;
    if (this.#halted || !standing) return;
    this.#standing = undefined;
    this.#guard(() => this.#conclude(standing));
    this.#afterwards?.();
    this.#afterwards = undefined;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#halted) return;
    this.#setAlarm();
    if (this.#mailbox.size > 0 || this.#isDue()) this.#schedule();
  }

  #turn(): void {
    const { core, clock, gate, journal, storage, custodian } = this.#options;
    const now = clock.now();
    const events = this.#mailbox.take(TURN_LIMIT);
    if ((core.deadline() ?? Number.POSITIVE_INFINITY) <= now) events.push({ kind: "alarm" });
    const { validator } = core;
    const found: Found = {};
    const world = worldOf(now, storage, custodian);
    const output = core.turn(events, journal.whole ? noting(world, found) : world);
    const decided = { now, events, output, validator, found };
    if (gate?.detain(output)) this.#standing = decided;
    else this.#conclude(decided);
  }

  #conclude({ now, events, output, ...seen }: Decided): void {
    const { core, faults, announcer, custodian } = this.#options;
    const strike = faults.strike(output);
    if (strike?.moment === "before-commit") return this.#crash(strike.moment);
    const { flushes } = this.counts;
    for (const { record } of output.records) announcer?.before(record);
    custodian?.before(output);
    const durable = this.#persist(output);
    announcer?.after(output.writes.length > 0, core);
    custodian?.after(output);
    const messages = strike ? lastWords(output.messages, strike) : output.messages;
    if (strike && strike.moment !== "after-release") this.#send(messages);
    else this.#release(messages, durable);
    const whole = { writes: output.writes, ...seen };
    this.#note({ at: now, inputs: events, whole, flushed: this.counts.flushes > flushes }, { ...output, messages });
    if (strike) this.#crash(strike.moment);
  }

  /** True when everything so far is on disk. Unforced records wait for a turn that commits. */
  #persist({ records, writes }: Output): boolean {
    let forced = writes.length > 0;
    for (const append of records) {
      this.#lazy.push(append.record);
      if (append.forced) {
        forced = true;
        this.counts.forcedWrites += 1;
      }
    }
    if (!forced && !this.#isDue() && this.#lazy.length < LAZY_LIMIT) return this.#lazy.length === 0;
    this.#commit(writes);
    return true;
  }

  /** Whether messages have rested long enough. While somebody steps, time stands still and nothing rests. */
  #isDue(): boolean {
    if (this.#flushAt === undefined) return false;
    const { gate, clock } = this.#options;
    return gate?.closed === true || clock.now() >= this.#flushAt;
  }

  #commit(writes: Output["writes"]): void {
    if (this.#lazy.length === 0 && writes.length === 0) return;
    const { clock, begin } = this.#options.core.positions;
    this.#options.storage.commit({ records: this.#lazy, writes, reach: { clock, begin } });
    this.counts.flushes += 1;
    this.flushedAt = this.#options.clock.now();
    this.#lazy = [];
    this.#flushAt = undefined;
  }

  /** What rests on an unforced record leaves with the commit that takes the record along. */
  #release(messages: readonly Outgoing[], durable: boolean): void {
    if (durable) {
      this.#send([...this.#resting, ...messages]);
      this.#resting = [];
      return;
    }
    const resting = messages.filter(({ rests }) => rests === true);
    this.#send(resting.length === 0 ? messages : messages.filter(({ rests }) => rests !== true));
    if (resting.length === 0) return;
    this.#resting.push(...resting);
    this.#flushAt ??= this.#options.clock.now() + REST_MS;
  }

  /** One envelope for each target. */
  #send(messages: readonly Outgoing[]): void {
    const { nodes, self, storage, transport } = this.#options;
    const bodies = new Map<Address, Message[]>();
    for (const { target, body } of messages) {
      const batch = bodies.get(target);
      if (batch) batch.push(body);
      else bodies.set(target, [body]);
      if (nodes.includes(target)) this.counts.messages += 1;
    }
    for (const [target, batch] of bodies) {
      this.#seq += 1;
      const envelope: Envelope = { source: self, target, epoch: storage.epoch, seq: this.#seq, bodies: batch };
      if (target === self) this.receive(envelope);
      else transport.send(envelope);
    }
  }

  #note(
    turn: { at: Millis; inputs: Event[]; whole: Whole; flushed: boolean },
    { records, writes, messages }: Output,
  ): void {
    this.counts.turns += 1;
    const { journal, self, storage } = this.#options;
    if (!journal.listening) return;
    const keys = writes.map(({ key }) => key);
    const { whole, ...happened } = turn;
    const line = { node: self, epoch: storage.epoch, turn: this.counts.turns, records, keys, ...happened };
    journal.write({ ...line, messages: released(messages), ...(journal.whole && { whole }) });
  }

  #schedule(): void {
    if (this.#scheduled || this.#halted) return;
    this.#scheduled = true;
    this.#options.clock.soon(() => this.turn());
  }

  #setAlarm(): void {
    const deadline = this.#options.core.deadline();
    const instants = [deadline, this.#flushAt].filter((at) => at !== undefined);
    const at = instants.length > 0 ? Math.min(...instants) : undefined;
    this.#options.clock.alarm(at, () => this.#schedule());
  }

  #crash(moment: Moment): void {
    this.#halted = true;
    this.#options.crash(moment);
  }

  /** A node with a broken assumption must not take another turn. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#halted = true;
      this.#options.fail(error);
    }
  }
}

/** What still leaves a node that dies in this turn. */
function lastWords(messages: readonly Outgoing[], { moment, sends }: Strike): readonly Outgoing[] {
  if (moment === "after-release") return messages;
  return moment === "partial-release" ? messages.filter((message) => sends?.(message)) : [];
}
