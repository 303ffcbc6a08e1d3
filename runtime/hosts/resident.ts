/** A node inside its host: store, core, loop and control put together, the same in a thread and in a process. */

import type { MessagePort } from "node:worker_threads";
import type { Digest } from "../../actors/file.js";
import type { Held } from "../../actors/locks.js";
import type { Force, Forget } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import { FIRST_KEY } from "../../actors/own-key.js";
import { prefixRange } from "../../actors/range.js";
import type { LogRecord } from "../../actors/record.js";
import type { Testimony } from "../../actors/testimony.js";
import type { Address, Key, NodeId, TxnId } from "../../actors/transaction.js";
import type { Rule, Validator } from "../../actors/validator.js";
import { FolderContents } from "../../storage/contents.js";
import type { Storage } from "../../storage/storage.js";
import { SystemClock } from "../clock.js";
import type { NodeControl, NodeDoubts, NodeReport } from "../control.js";
import { Announcer } from "../direct/announcer.js";
import { Signals } from "../direct/signals.js";
import { asAyesError } from "../errors.js";
import { type CrashPlan, type CrashPoint, FaultPlan, type Moment } from "../faults.js";
import { Custodian, type LackPage, type Standing } from "../files/custodian.js";
import { Journal, type JournalLine } from "../journal.js";
import { Loop } from "../loop.js";
import { standpointOf } from "../recording/standpoint.js";
import { Gate } from "../stepping/gate.js";
import type { HeldAtNode } from "../stepping/shown-held.js";
import { StandingClock } from "../stepping/standing-clock.js";
import { Stepper } from "../stepping/stepper.js";
import type { StepPlan } from "../stepping-api.js";
import { type Tap, tapped } from "../tracing/tap.js";
import { DisturbedTransport, type LinkFaults } from "../transport/disturbed.js";
import type { Deliver, Transport } from "../transport/transport.js";
import { positionText } from "../watching/position.js";
import { Arrivals } from "./arrivals.js";
import { GATEWAY, type NodeSpec, type Notice } from "./host.js";

/** What differs between a thread and a process. */
export type Surroundings = {
  openStorage(spec: NodeSpec): Storage;
  /** The transport, ready to be reached. */
  openTransport(spec: NodeSpec, deliver: Deliver): Promise<Transport> | Transport;
  /** Makes the control reachable for the supervisor. */
  serve(control: NodeControl): void;
  notify(notice: Notice): void;
  /** Dies on purpose, as suddenly as the host can. */
  die(moment: Moment): void;
  /** Ends in order: 0 when stopped, 1 after a failure of which the supervisor was told. */
  exit(code: number): void;
  link(transport: Transport, peer: Address, port: MessagePort): void;
};

/** Opens, replays and serves. What goes wrong is told to the supervisor, and the node ends. */
export async function live(spec: NodeSpec, around: Surroundings): Promise<void> {
  try {
    const storage = around.openStorage(spec);
    const { self, coordinators, replicas, founders, settings, validator } = spec;
    const nodes = [...new Set([...coordinators, ...replicas])];
    const { epoch, reach } = storage;
    const core = new Node({ self, nodes, replicas, founders, epoch, reach, settings, validator, judge: GATEWAY });
    const announcer = spec.signals && new Announcer(new Signals(spec.signals));
    for (const record of storage.replay()) {
      core.replay(record);
      announcer?.before(record);
    }
    announcer?.after(false, core);
    const resident = new Resident(spec, around, storage, core, announcer);
    await resident.open(nodes);
    around.serve(resident);
    around.notify({ notice: "ready", epoch: storage.epoch });
  } catch (error) {
    fail(error, around);
  }
}

const LISTING_TRIES = 20;
/** Who forces outcomes: a person, through the program that has the cluster open. */
const OPERATOR = "operator";

function fail(error: unknown, around: Surroundings): void {
  const { code, message } = asAyesError(error);
  around.notify({ notice: "failed", code, message });
  around.exit(1);
}

class Resident implements NodeControl {
  readonly #spec: NodeSpec;
  readonly #around: Surroundings;
  readonly #storage: Storage;
  readonly #core: Node;
  readonly #announcer: Announcer | undefined;
  readonly #faults = new FaultPlan();
  readonly #journal = new Journal();
  readonly #custodian: Custodian | undefined;
  readonly #clock = new StandingClock(new SystemClock());
  readonly #gate = new Gate();
  #loop: Loop | undefined;
  #arrivals: Arrivals | undefined;
  #stepper: Stepper | undefined;
  #transport: Transport | undefined;
  #links: DisturbedTransport | undefined;
  #unlisten: (() => void) | undefined;

  constructor(spec: NodeSpec, around: Surroundings, storage: Storage, core: Node, announcer: Announcer | undefined) {
    this.#spec = spec;
    this.#announcer = announcer;
    this.#around = around;
    this.#storage = storage;
    this.#core = core;
    if (!spec.replicas.includes(spec.self)) return;
    this.#custodian = new Custodian(new FolderContents(spec.folder), storage, core);
  }

  async open(nodes: NodeId[]): Promise<void> {
    const transport = await this.#around.openTransport(this.#spec, (envelope) => this.#arrivals?.receive(envelope));
    this.#transport = transport;
    this.#links = new DisturbedTransport(transport, this.#spec.links);
    this.#loop = new Loop({
      self: this.#spec.self,
      nodes,
      core: this.#core,
      storage: this.#storage,
      transport: this.#links,
      clock: this.#clock,
      gate: this.#gate,
      faults: this.#faults,
      journal: this.#journal,
      custodian: this.#custodian,
      announcer: this.#announcer,
      exact: true,
      crash: (moment) => this.#around.die(moment),
      fail: (error) => fail(error, this.#around),
    });
    this.#arrivals = new Arrivals(this.#loop);
    this.#stepper = new Stepper(this.#loop, this.#gate, this.#clock);
    if (this.#spec.step) this.#stepper.step(this.#spec.step);
    this.listen(this.#spec.tap);
    this.#loop.start();
  }

  inspect(): NodeReport {
    this.#catchUp();
    const counts = this.#loop?.counts ?? { turns: 0, messages: 0, forcedWrites: 0, flushes: 0 };
    const mailbox = this.#loop?.mailboxSize ?? 0;
    const position = positionText(this.#spec.cluster, this.#core.positions.frontier);
    const stats = this.#storage.stats();
    const { flushedAt } = this.#loop ?? {};
    const flushed = flushedAt === undefined ? {} : { flushedAt };
    const details = { mailbox, ...this.#core.sizes(), position, ...stats, ...counts, ...flushed };
    const { validator } = this.#core;
    const known = { inDoubt: this.#core.inDoubt(), forced: this.#core.forced() };
    return { details, validator, ...known, membership: this.#core.membership() };
  }

  locks(): Held[] {
    this.#catchUp();
    return this.#core.locks();
  }

  log(limit: number): LogRecord[] {
    this.#catchUp();
    const newest: LogRecord[] = [];
    for (const record of this.#storage.replay()) {
      newest.push(record);
      if (newest.length > limit) newest.shift();
    }
    return newest;
  }

  /** What was committed before may still be on its way here: its keys are locked, so wait for them a little. */
  async keys(prefix: string, limit: number): Promise<Key[]> {
    this.#catchUp();
    for (let tries = 0; tries < LISTING_TRIES && this.#core.sizes().locks > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.#catchUp();
    }
    const range = prefix === "" ? { start: FIRST_KEY } : prefixRange(prefix);
    return this.#storage.scan(range, limit).map(({ key }) => key);
  }

  lacking(start?: Key): LackPage {
    this.#catchUp();
    return this.#custodian?.lacking(start) ?? { lacking: [] };
  }

  mend(digest: Digest): boolean {
    this.#catchUp();
    return this.#custodian?.mend(digest) ?? false;
  }

  standing(digest: Digest): Standing {
    this.#catchUp();
    return this.#custodian?.standing(digest) ?? { needed: false, here: false };
  }

  restsWithout(node: NodeId): boolean {
    this.#catchUp();
    return this.#core.restsWithout(node);
  }

  async peer(node: NodeId, up: boolean, epoch: number): Promise<void> {
    await this.#arrivals?.peer(node, up, epoch);
  }

  link(peer: Address, port: MessagePort): void {
    if (this.#transport) this.#around.link(this.#transport, peer, port);
  }

  validate(rule: Rule | Validator): void {
    this.#core.validate(rule);
  }

  disturb(links: LinkFaults): void {
    this.#links?.disturb(links);
  }

  arm(plan: CrashPlan & { at: CrashPoint }): void {
    this.#faults.arm(plan);
  }

  step(plan: StepPlan | undefined): void {
    this.#stepper?.step(plan);
  }

  held(limit: number): { held: HeldAtNode[]; count: number } {
    return this.#stepper?.held(limit) ?? { held: [], count: 0 };
  }

  release(number: number): boolean {
    return this.#stepper?.release(number) ?? false;
  }

  crash(): void {
    this.#loop?.halt(false);
    this.#around.die("after-release");
  }

  stop(): void {
    this.#loop?.halt(true);
    this.#links?.close();
    this.#storage.close();
    this.#around.exit(0);
  }

  /** Whoever looks sees what has arrived. */
  #catchUp(): void {
    this.#loop?.turn();
  }

  listen(tap: Tap | undefined): void {
    this.#loop?.between(() => this.#listen(tap));
  }

  #listen(tap: Tap | undefined): void {
    this.#unlisten?.();
    if (tap === "recorded") this.#tellStandpoint();
    const tell = (line: JournalLine) => {
      const told = tap && tapped(line, tap);
      if (told) this.#around.notify({ notice: "journal", line: told });
    };
    this.#unlisten = tap && this.#journal.listen(tell, tap === "whole" || tap === "recorded");
  }

  #tellStandpoint(): void {
    const { counts, lazy } = this.#loop ?? { counts: { turns: 0 }, lazy: [] };
    const { self } = this.#spec;
    const standing = { self, core: this.#core, storage: this.#storage, turn: counts.turns, lazy, at: Date.now() };
    for (const told of standpointOf(standing)) this.#around.notify({ notice: "recorded", told });
  }

  doubts(): NodeDoubts {
    this.#catchUp();
    return { inDoubt: this.#core.inDoubt(), forced: this.#core.forced(), waiters: [...this.#core.waiters()] };
  }

  testify(txns: readonly TxnId[]): Testimony[] {
    this.#catchUp();
    return txns.map((txn) => this.#core.testify(txn));
  }

  /** After the turn it is on disk. */
  obey(order: Force | Forget): void {
    this.#loop?.receive({ source: OPERATOR, target: this.#spec.self, epoch: 1, seq: 0, bodies: [order] });
    this.#catchUp();
  }

  records(txn: TxnId): LogRecord[] {
    this.#catchUp();
    return [...this.#storage.replay()].filter((record) => "txn" in record && record.txn === txn);
  }
}
