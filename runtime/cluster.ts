/** An embedded cluster: its folder, its nodes under their supervisor, and its gateway, behind the `Cluster` interface. */

import type { NodeId } from "../actors/transaction.js";
import type { Cluster, Operation, OutcomeAnswer, Result, Status, TransactOptions } from "./api.js";
import type { Balloting } from "./ballot-api.js";
import { SystemClock } from "./clock.js";
import { writeShape } from "./config.js";
import type { Constraining } from "./constraint-api.js";
import { Constraints } from "./constraints.js";
import { Sharing } from "./direct/sharing.js";
import type { Shareable } from "./direct/sharing-api.js";
import { Disturbances } from "./disturbances.js";
import type { Disturbing } from "./disturbing-api.js";
import { DoubtService } from "./doubts.js";
import { drained } from "./draining.js";
import { Epochs } from "./epochs.js";
import { AyesError } from "./errors.js";
import { Expirer } from "./expirer.js";
import { FileService } from "./files/file-service.js";
import type { FileTraffic } from "./files-api.js";
import { FolderService } from "./folders/folder-service.js";
import type { RowGround } from "./folders/row.js";
import { Gateway, type ReadQuestion } from "./gateway/gateway.js";
import { orEarlier } from "./gateway/results.js";
import { Healer } from "./healing/healer.js";
import { canServeWithout } from "./healing/repair.js";
import type { Repaired, RepairOptions, Verification } from "./healing-api.js";
import { GATEWAY } from "./hosts/host.js";
import { startProcess } from "./hosts/process.js";
import { startThread } from "./hosts/thread.js";
import { Inspection } from "./inspection.js";
import type { Parts } from "./parts.js";
import { waitUntilServing } from "./readiness.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "./reading-api.js";
import { headingOf } from "./recording/entry.js";
import { checkForce, checkNode } from "./requests.js";
import { type Runnable, Runner } from "./runner.js";
import { specsOf } from "./specs.js";
import { statusOf } from "./status.js";
import { StepDesk } from "./stepping/desk.js";
import { StandingClock } from "./stepping/standing-clock.js";
import type { Stepping } from "./stepping-api.js";
import { Supervisor } from "./supervisor.js";
import { Tally } from "./tally.js";
import { Tracer } from "./tracing/tracer.js";
import { PortTransport } from "./transport/port.js";
import { SocketTransport } from "./transport/socket.js";
import type { Transport } from "./transport/transport.js";
import { checkId } from "./validation.js";
import { readRules, Validators } from "./validators.js";
import { Verbs } from "./verbs.js";
import { Feed } from "./watching/feed.js";
import type { Watching } from "./watching-api.js";

const DEFAULT_DEADLINE_MS = 5000;
/** How long `open` waits for replicas to agree on who serves. */
const SERVING_WITHIN_MS = 5000;

export class EmbeddedCluster extends Verbs implements Cluster {
  readonly #parts: Parts;
  readonly #supervisor: Supervisor;
  readonly #gateway: Gateway;
  readonly #feed: Feed;
  readonly #transport: Transport;
  readonly #healer: Healer;
  readonly #inspection: Inspection;
  readonly #disturbances: Disturbances;
  readonly #tally = new Tally();
  readonly #validators: Validators;
  readonly #constraints: Constraints;
  readonly #expirer: Expirer;
  readonly #desk: StepDesk;
  readonly #epochs: Epochs;
  readonly #sharing: Sharing;
  readonly #files: FileService;
  readonly #runner: Runner;
  readonly traffic: FileTraffic;
  readonly folders: FolderService;
  readonly tracing: Tracer;
  readonly doubt: DoubtService;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    const { folder, shape, sockets, options } = parts;
    const clock = new StandingClock(new SystemClock());
    const links = { folder: sockets, cluster: shape.cluster, self: GATEWAY, detour: options.detour };
    const deliver = (envelope: Parameters<Gateway["receive"]>[0]) => this.#gateway.receive(envelope);
    const ports = sockets === "" ? new PortTransport(deliver) : undefined;
    this.#transport = ports ?? new SocketTransport(links, deliver);
    this.#gateway = new Gateway({
      ...shape,
      address: GATEWAY,
      epoch: Date.now(),
      transport: this.#transport,
      clock,
      hear: (body, node) => this.#validators.hear(body, node),
    });
    const ask = (question: ReadQuestion) => this.#gateway.read(question);
    this.#sharing = new Sharing(shape.cluster, ask);
    this.#feed = new Feed(shape, this.#gateway);
    this.#files = new FileService({
      folder,
      replicas: shape.replicas,
      snapshot: (query, how) => this.snapshot(query, how),
      host: (node) => this.#supervisor.host(node),
    });
    const onExpiry = () => this.#expirer.wake();
    const asking = { shape, gateway: this.#gateway, files: this.#files, tally: this.#tally };
    this.#runner = new Runner({ ...asking, ballots: () => this.#validators.ballots, onExpiry });
    this.traffic = this.#files.traffic;
    this.#epochs = new Epochs(folder);
    this.tracing = this.#tracerOf(parts);
    this.#supervisor = this.#supervisorOf(ports);
    const supervisor = this.#supervisor;
    this.#inspection = new Inspection(supervisor, shape.replicas, () => this.#checkOpen());
    this.#disturbances = new Disturbances(supervisor, shape, () => this.#tried(undefined));
    this.#desk = new StepDesk(supervisor, clock);
    this.doubt = new DoubtService(supervisor, this.#disturbances, () => this.#checkOpen());
    const tell = this.#gateway.tell.bind(this.#gateway);
    this.#validators = new Validators({ folder, shape, supervisor, clock, tell });
    this.#healer = new Healer({ shape, supervisor, files: this.#files, ask });
    const run = (transaction: Omit<Runnable, "id">) => this.#run({ id: undefined, ...transaction });
    this.#constraints = new Constraints({ ask, run });
    this.folders = this.#foldersOf(parts, ask);
    this.#expirer = new Expirer({ ask, run, now: () => clock.now() });
  }

  #tracerOf({ shape, options: { journal, record, settings, trace = false } }: Parts): Tracer {
    return new Tracer({
      nodes: [...new Set([...shape.coordinators, ...shape.replicas])],
      record,
      heading: () => headingOf(shape, settings),
      always: trace,
      whole: journal,
      begun: () => this.#runner.begun,
      listen: (tap) => this.#supervisor.listen(tap),
      records: (node, txn) => this.#inspection.records(node, txn),
    });
  }

  #supervisorOf(ports: PortTransport | undefined): Supervisor {
    return new Supervisor({
      journal: (line) => this.tracing.hear(line),
      life: (life) => this.tracing.live(life),
      recorded: (told) => this.tracing.told(told),
      start: ports ? this.#sharing.announcing(startThread) : startProcess,
      gateway: GATEWAY,
      peer: (node, up) => {
        this.#gateway.peer(node, up);
        this.#validators.ballots.peer(node, up);
        if (up) this.#files.restorer.attend(node);
      },
      epoch: (node, epoch) => this.#epochs.remember(node, epoch),
      ...(ports && { linkGateway: (node: NodeId) => ports.newLink(node) }),
    });
  }

  async start(): Promise<void> {
    const { folder, shape, sockets, options } = this.#parts;
    if (this.#transport instanceof SocketTransport) await this.#transport.listen();
    this.#files.begin();
    try {
      this.tracing.begin();
      const { settings, detour } = options;
      const validators = readRules(folder);
      const specs = specsOf({ folder, shape, sockets, settings, detour, epochs: this.#epochs.recall(), validators });
      await this.#supervisor.start(specs, (failed) => canServeWithout(failed, shape));
    } catch (error) {
      this.#gateway.close();
      this.#transport.close();
      throw error;
    }
    if (shape.membership === "up-set") await waitUntilServing(this.#supervisor, SERVING_WITHIN_MS);
    if (!shape.complete) writeShape(folder, { ...shape, complete: true });
    await this.folders.begin();
    this.#expirer.wake();
  }

  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot> {
    return this.#sharing.snapshot(query, options);
  }

  async transact(operations: readonly Operation[], options?: TransactOptions): Promise<Result> {
    const run = async () => this.#run(this.#runner.check(operations, options));
    return options?.id === undefined ? run() : orEarlier(run, () => this.outcome(options.id as string));
  }

  #foldersOf({ folder, shape }: Parts, ask: RowGround["ask"]): FolderService {
    return new FolderService({
      data: folder,
      cluster: shape.cluster,
      ask,
      run: (transaction) => this.#run(transaction),
      freshId: (protocol) => this.#runner.freshId(protocol),
      check: (operations, options) => this.#runner.check(operations, options),
    });
  }

  readonly share: Shareable["share"] = () => this.#sharing.share();
  readonly changes: Watching["changes"] = (query) => this.#feed.page(query);
  readonly keys: Cluster["keys"] = (...asked) => this.#inspection.keys(...asked);
  readonly locks: Cluster["locks"] = () => this.#inspection.locks();
  readonly log: Cluster["log"] = (...asked) => this.#inspection.log(...asked);
  readonly crash: Cluster["crash"] = (...asked) => this.#disturbances.crash(...asked);
  readonly pause: Disturbing["pause"] = (node) => this.#disturbances.pause(node);
  readonly resume: Disturbing["resume"] = (node) => this.#disturbances.resume(node);
  readonly cut: Disturbing["cut"] = (...asked) => this.#disturbances.cut(...asked);
  readonly delay: Disturbing["delay"] = (...asked) => this.#disturbances.delay(...asked);
  readonly constraints: Constraining["constraints"] = () => this.#constraints.constraints();
  readonly constrain: Constraining["constrain"] = (...asked) => this.#constraints.constrain(...asked);
  readonly unconstrain: Constraining["unconstrain"] = (...asked) => this.#constraints.unconstrain(...asked);
  readonly validate: Cluster["validate"] = async (...asked) => this.#opened(this.#validators).set(...asked);
  readonly validator: Cluster["validator"] = async (node) => this.#opened(this.#validators).of(node);
  readonly ballots: Balloting["ballots"] = async (node) => this.#opened(this.#validators).ballots.list(node);
  readonly castVote: Balloting["castVote"] = async (...said) => this.#opened(this.#validators).ballots.cast(...said);

  readonly step: Stepping["step"] = async (plan) => this.#tried(this.#desk).step(plan);
  readonly held: Stepping["held"] = async () => this.#tried(this.#desk).held();
  readonly release: Stepping["release"] = async (id) => this.#tried(this.#desk).release(id);

  async #run(transaction: Runnable): Promise<Result> {
    this.#checkOpen();
    return this.#runner.run(transaction);
  }

  async outcome(txn: string): Promise<OutcomeAnswer> {
    this.#checkOpen();
    return this.#gateway.outcome(checkId(txn), DEFAULT_DEADLINE_MS);
  }

  async status(): Promise<Status> {
    this.#checkOpen();
    const { folder, shape, options } = this.#parts;
    const { hosts = "threads", chaos = false } = options;
    const seen = await statusOf(this.#supervisor.wards(), shape, (host) => this.#disturbances.isPaused(host));
    const tasks = [...this.#healer.tasks, ...this.#files.mender.tasks];
    const { cluster, protocol, membership } = shape;
    const named = { cluster, data: folder, hosts, protocol, membership, chaos };
    const links = [...this.#disturbances.links];
    const busy = { ...(tasks.length > 0 && { tasks }), ...(links.length > 0 && { links }) };
    return { ...named, ...seen, ...busy, traffic: this.#tally.traffic, lives: this.tracing.lately };
  }

  async restart(node: string): Promise<void> {
    this.#checkOpen();
    await this.#supervisor.restart(node);
    if (this.#parts.shape.membership === "up-set") await waitUntilServing(this.#supervisor, SERVING_WITHIN_MS);
  }

  async repair(node: string, options?: RepairOptions): Promise<Repaired> {
    this.#checkOpen();
    return this.#healer.repair(checkNode(node), checkForce(options));
  }

  async verify(): Promise<Verification> {
    this.#checkOpen();
    return this.#healer.verify();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const done = Promise.all([this.#healer.close(), this.#expirer.close(), this.#files.close(), this.folders.close()]);
    this.#feed.close();
    this.#validators.ballots.close();
    if (this.#disturbances.none && !this.#desk.stepping) await drained(this.#supervisor, () => this.#gateway.isAsked);
    this.#gateway.close();
    this.#sharing.close();
    this.tracing.close();
    this.#disturbances.close();
    await this.#supervisor.stop();
    await done;
    this.#transport.close();
    for (const work of this.#parts.cleanUp) work();
  }

  #checkOpen(): void {
    if (this.#closed) throw new AyesError("closed");
  }

  /** What may be done to a cluster only to try it. */
  #tried<Part>(part: Part): Part {
    this.#checkOpen();
    if (this.#parts.options.chaos === true) return part;
    throw new AyesError("no-chaos");
  }

  #opened<Part>(part: Part): Part {
    this.#checkOpen();
    return part;
  }
}
