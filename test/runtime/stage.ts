/** A real loop over a real core, with a hand-driven clock, where every commit and every envelope is noted in order. */

import type { Envelope, Message } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import { Broken, type Settings } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type {
  ChangeQuery,
  ChangesFound,
  Entry,
  Key,
  KeyRange,
  Millis,
  Reach,
  Stored,
} from "../../actors/transaction.js";
import type { Clock } from "../../runtime/clock.js";
import { FaultPlan, type Moment } from "../../runtime/faults.js";
import { Journal, type JournalLine } from "../../runtime/journal.js";
import { Loop } from "../../runtime/loop.js";
import type { Transport } from "../../runtime/transport/transport.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import type { Batch, Storage, StorageStats } from "../../storage/storage.js";

/** What a node did, in order. */
export type Deed =
  | { did: "commit"; records: readonly LogRecord[]; keys: Key[] }
  | { did: "send"; target: string; kinds: string[] }
  | { did: "crash"; moment: Moment }
  | { did: "fail"; code: string };

export const SETTINGS: Settings = { resendAfterMs: 500, inquireAfterMs: 500, retainedOutcomes: 1000 };
export const NODES = ["c1", "n1", "n2"];
const REPLICAS = ["n1", "n2"];

/** Time stands still until it is moved, and work waits until it is called for. */
export class HandClock implements Clock {
  time: Millis = 1000;
  alarmAt: Millis | undefined;
  #soon: (() => void)[] = [];
  #ring: () => void = () => undefined;

  now(): Millis {
    return this.time;
  }

  soon(work: () => void): void {
    this.#soon.push(work);
  }

  alarm(at: Millis | undefined, work: () => void): void {
    this.alarmAt = at;
    this.#ring = work;
  }

  /** Does what is due, and what follows from it. */
  run(): void {
    if (this.alarmAt !== undefined && this.alarmAt <= this.time) this.#ring();
    for (let work = this.#soon.shift(); work; work = this.#soon.shift()) work();
  }

  advance(ms: Millis): void {
    this.time += ms;
    this.run();
  }
}

/** A storage that notes its commits, and fails when it is told to. */
export class WatchedStorage implements Storage {
  broken = false;
  readonly #inner: MemoryStorage;
  readonly #deeds: Deed[];

  constructor(disk: MemoryDisk, deeds: Deed[]) {
    this.#inner = new MemoryStorage(disk);
    this.#deeds = deeds;
  }

  get epoch(): number {
    return this.#inner.epoch;
  }

  get reach(): Reach {
    return this.#inner.reach;
  }

  get(key: Key): Stored | undefined {
    return this.#inner.get(key);
  }

  changes(query: ChangeQuery): ChangesFound {
    return this.#inner.changes(query);
  }

  keys(prefix: string, limit: number): Key[] {
    return this.#inner.keys(prefix, limit);
  }

  scan(range: KeyRange, limit: number): Entry[] {
    return this.#inner.scan(range, limit);
  }

  replay(): Iterable<LogRecord> {
    return this.#inner.replay();
  }

  commit(batch: Batch): void {
    if (this.broken) throw new Broken("storage-failed", "the disk refused");
    this.#inner.commit(batch);
    this.#deeds.push({ did: "commit", records: [...batch.records], keys: batch.writes.map(({ key }) => key) });
  }

  room(): number {
    return this.#inner.room();
  }

  stats(): StorageStats {
    return this.#inner.stats();
  }

  close(): void {
    this.#inner.close();
  }
}

/** One node with everything around it. The same disk passed again is a restart. */
export class Stage {
  readonly deeds: Deed[] = [];
  readonly sent: Envelope[] = [];
  readonly lines: JournalLine[] = [];
  readonly clock = new HandClock();
  readonly faults = new FaultPlan();
  readonly storage: WatchedStorage;
  readonly loop: Loop;
  #seq = 0;

  constructor(self: string, disk: MemoryDisk = new MemoryDisk(), settings: Partial<Settings> = {}) {
    this.storage = new WatchedStorage(disk, this.deeds);
    const { epoch, reach } = this.storage;
    const patience = { ...SETTINGS, ...settings };
    const core = new Node({ self, nodes: NODES, replicas: REPLICAS, epoch, reach, settings: patience });
    for (const record of this.storage.replay()) core.replay(record);
    const transport: Transport = {
      send: (envelope) => {
        this.sent.push(envelope);
        this.deeds.push({ did: "send", target: envelope.target, kinds: envelope.bodies.map(({ kind }) => kind) });
      },
      close: () => undefined,
    };
    const journal = new Journal();
    journal.listen((line) => this.lines.push(line));
    this.loop = new Loop({
      self,
      nodes: NODES,
      core,
      storage: this.storage,
      transport,
      clock: this.clock,
      faults: this.faults,
      journal,
      exact: false,
      crash: (moment) => this.deeds.push({ did: "crash", moment }),
      fail: (error) => this.deeds.push({ did: "fail", code: error instanceof Broken ? error.code : String(error) }),
    });
    for (const node of NODES) if (node !== self) this.loop.peer(node, true);
    this.loop.start();
    this.clock.run();
    this.forget();
  }

  /** Forgets what was done so far. */
  forget(): void {
    this.deeds.length = 0;
    this.sent.length = 0;
    this.lines.length = 0;
  }

  /** Messages that arrive together, without a turn. */
  post(source: string, ...bodies: Message[]): void {
    this.#seq += 1;
    this.loop.receive({ source, target: "", epoch: 1, seq: this.#seq, bodies });
  }

  /** Messages that arrive, and the turns that follow. Returns what was done, in short. */
  hear(source: string, ...bodies: Message[]): string[] {
    this.forget();
    this.post(source, ...bodies);
    this.clock.run();
    return this.story();
  }

  /** For example `commit prepared+k`, `send c1 vote`. */
  story(): string[] {
    return this.deeds.map(inShort);
  }
}

function inShort(deed: Deed): string {
  switch (deed.did) {
    case "commit":
      return `commit ${[...deed.records.map(({ kind }) => kind), ...deed.keys].join("+")}`;
    case "send":
      return `send ${deed.target} ${deed.kinds.join("+")}`;
    case "crash":
      return `crash ${deed.moment}`;
    case "fail":
      return `fail ${deed.code}`;
  }
}

export function begin(txn: string, key = "k", deadlineMs = 5000): Message {
  const operations = [{ op: "put" as const, key, value: '"v"' }];
  return { kind: "begin", request: 1, txn, protocol: "2pc", operations, checks: [], deadlineMs };
}

export function prepare(txn: string, key = "k"): Message {
  const operations = [{ op: "put" as const, key, value: '"v"' }];
  return {
    kind: "prepare",
    protocol: "2pc",
    txn,
    attempt: 1,
    participants: REPLICAS,
    operations,
    checks: [],
    deadlineMs: 1000,
  };
}

export function vote(txn: string, choice: "yes" | "no" = "yes"): Message {
  return {
    kind: "vote",
    protocol: "2pc",
    txn,
    attempt: 1,
    vote: choice,
    ...(choice === "no" && { why: { code: "conflict" as const } }),
  };
}

export function decide(txn: string, outcome: "committed" | "aborted" = "committed"): Message {
  return { kind: "decide", txn, attempt: 1, outcome, ...(outcome === "committed" && { position: 1 }) };
}
