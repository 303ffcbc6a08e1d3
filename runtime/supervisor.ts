/** Keeps nodes running: one-for-one restart with back-off, a bound on it, and the failure detector's word to the others. */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { NodeId } from "../actors/transaction.js";
import type { Telling } from "./control.js";
import { AyesError } from "./errors.js";
import { type CrashPlan, VOTE_NO } from "./faults.js";
import type { Exit, Host, NodeSpec, StartHost } from "./hosts/host.js";
import type { JournalLine } from "./journal.js";
import type { Told } from "./recording/entry.js";
import { fateOf, withDeath } from "./restart-policy.js";
import type { Tap } from "./tracing/tap.js";
import type { Life } from "./tracing-api.js";
import { lifeOf, type Ward, type Watch, watchOf } from "./ward.js";

export type SupervisorOptions = {
  start: StartHost;
  /** Called when a node begins or ceases to serve. */
  peer(node: NodeId, up: boolean): void;
  /** A new link between a node and somebody outside the cluster's nodes, or undefined where links are dialled. */
  linkGateway?(node: NodeId): MessagePort;
  gateway: string;
  /** Called with each new incarnation, to be remembered outside of the node's own folder. */
  epoch?(node: NodeId, epoch: number): void;
  journal?(line: JournalLine): void;
  /** For a recording: from what a node goes on. */
  recorded?(told: Told): void;
  /** What has just become of a node. */
  life?(life: Life): void;
};

const STOP_MS = 3000;
/** A start reads the whole store, about a million rows in some seconds; one that takes this long is stuck. */
const START_MS = 10 * 60_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #watches = new Map<NodeId, Watch>();
  /** What is being told, and not yet heard. */
  readonly #words = new Set<Promise<void>>();
  #tap: Tap | undefined;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts all nodes. Resolves when all serve; rejects, with all stopped, when one cannot, unless those that cannot
   * `canWait`.
   */
  async start(specs: readonly NodeSpec[], canWait: (failed: readonly Ward[]) => boolean = () => false): Promise<void> {
    for (const spec of specs) this.#watches.set(...watchOf(spec));
    for (const watch of this.#watches.values()) this.#launch(watch);
    await Promise.all([...this.#watches.values()].map((watch) => this.#settled(watch)));
    await this.#heard();
    const lacking = [...this.#watches.values()].filter((watch) => watch.state !== "up");
    const [failed] = lacking;
    if (!failed || canWait(lacking)) return;
    await this.stop();
    throw new AyesError(failed.code ?? "unavailable", failed.reason ?? "a node did not start", {
      node: failed.spec.self,
    });
  }

  wards(): Ward[] {
    return [...this.#watches.values()];
  }

  /** The node's host, if it serves. */
  host(node: NodeId): Host | undefined {
    const watch = this.#watch(node);
    return watch.state === "up" ? watch.host : undefined;
  }

  /** How much of their journals nodes tell of, those too that start later. */
  listen(tap: Tap | undefined): void {
    this.#tap = tap;
    for (const { host, state } of this.#watches.values()) if (host && state === "up") listenTo(host, tap);
  }

  /** Changes what a node starts with from now on, and tells it if it serves. */
  async amend(node: NodeId, change: Partial<NodeSpec>, tell: Telling): Promise<void> {
    const watch = this.#watch(node);
    watch.spec = { ...watch.spec, ...change };
    if (watch.state === "starting") await this.#settled(watch);
    const host = this.host(node);
    await host?.control.call(tell).catch((error: unknown) => {
      // A node that has died meanwhile will begin with it.
      if (watch.host === host) throw error;
    });
  }

  /** Crashes a node at once, or arms it to crash at a point. */
  async crash(node: NodeId, plan: CrashPlan): Promise<void> {
    const watch = this.#watch(node);
    const host = this.host(node);
    if (!host) throw new AyesError("unavailable", `${node} is ${watch.state} already`, { node });
    const { at } = plan;
    if (at === VOTE_NO) return host.control.call((control) => control.validate({ rule: "no-next" }));
    watch.hold = plan.restart === false ? "it was asked to stay down until restarted" : undefined;
    if (at !== undefined) {
      const armed = host.control.call((control) => control.arm({ ...plan, at }));
      // A busy node may strike before its answer leaves: that is what was asked for.
      return armed.catch((error: unknown) => {
        if (watch.host === host) throw error;
      });
    }
    const gone = goneFrom(watch);
    if (host.kind === "process") host.kill();
    else await host.control.call((control) => control.crash()).catch(() => host.kill());
    await gone;
  }

  /** Starts a node that is down, and waits until it serves. */
  async restart(node: NodeId): Promise<void> {
    const watch = this.#watch(node);
    if (watch.keeper !== undefined) throw new AyesError("unavailable", `${node} is ${watch.keeper}`, { node });
    if (watch.state === "up") return;
    watch.hold = undefined;
    watch.history = [];
    if (watch.state !== "starting") this.#launch(watch);
    await this.#settled(watch);
    await this.#heard();
    if (this.host(node) === undefined) {
      throw new AyesError(watch.code ?? "unavailable", watch.reason ?? `${node} did not start`, { node });
    }
  }

  /**
   * Takes a node down, if it runs, and keeps it down until the returned function is called: true starts it, false
   * leaves it as it was before.
   */
  async keep(node: NodeId, keeper: string): Promise<(start: boolean) => Promise<void>> {
    const watch = this.#watch(node);
    if (watch.keeper !== undefined) throw new AyesError("unavailable", `${node} is ${watch.keeper} already`, { node });
    const { state, reason, code, host } = watch;
    clearTimeout(watch.timer);
    Object.assign(watch, { keeper, hold: `it is ${keeper}` });
    if (host) {
      const gone = goneFrom(watch);
      host.kill();
      await gone;
    }
    Object.assign(watch, { state: "held", reason: watch.hold });
    return async (start) => {
      watch.keeper = undefined;
      if (this.#stopping) return;
      if (start || (state !== "held" && state !== "gave-up")) await this.restart(node);
      else Object.assign(watch, { state, reason, code });
    };
  }

  /** Stops all nodes in order, and those that do not stop by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#watches.values()].map((watch) => this.#stop(watch)));
  }

  /** A store is looked at as a whole first, unless only its node has had it since that was done last. */
  #launch(watch: Watch, scrubbed = false): void {
    clearTimeout(watch.timer);
    watch.hold = undefined;
    watch.state = "starting";
    this.#options.life?.(lifeOf(watch));
    watch.tap = this.#tap;
    watch.host = this.#options.start(
      { ...watch.spec, scrubbed, tap: watch.tap },
      {
        ready: (epoch) => this.#onReady(watch, epoch),
        exit: (exit) => this.#onExit(watch, exit),
        journal: (line) => this.#options.journal?.(line),
        recorded: (told) => this.#options.recorded?.(told),
      },
    );
    watch.timer = setTimeout(() => watch.host?.kill(), START_MS);
  }

  /** Links come before the word that a node is up, so that nothing is sent into the void. */
  #onReady(watch: Watch, epoch: number): void {
    const { host } = watch;
    clearTimeout(watch.timer);
    const spec = { ...watch.spec, sinceEpoch: epoch };
    Object.assign(watch, { spec, epoch, state: "up", reason: undefined, code: undefined });
    this.#options.epoch?.(spec.self, epoch);
    this.#options.life?.(lifeOf(watch));
    if (!host) return;
    // Asked to stop before it could hear.
    if (this.#stopping) return void host.control.call((control) => control.stop()).catch(() => undefined);
    if (this.#tap !== watch.tap) listenTo(host, this.#tap);
    const gatewayPort = this.#options.linkGateway?.(spec.self);
    if (gatewayPort) void host.control.link(this.#options.gateway, gatewayPort).catch(() => undefined);
    for (const other of this.#watches.values()) {
      if (other === watch) continue;
      if (other.state === "up" && other.host) this.#introduce(host, watch, other.host, other);
      else this.#tell(host, other, false);
    }
    this.#options.peer(spec.self, true);
    this.#settle(watch);
  }

  #introduce(host: Host, watch: Watch, otherHost: Host, other: Watch): void {
    if (host.kind === "thread") {
      const { port1, port2 } = new MessageChannel();
      void host.control.link(other.spec.self, port1).catch(() => undefined);
      void otherHost.control.link(watch.spec.self, port2).catch(() => undefined);
    }
    this.#tell(host, other, true);
    this.#tell(otherHost, watch, true);
  }

  #onExit(watch: Watch, { code, reason }: Exit): void {
    const node = watch.spec.self;
    const wasUp = watch.state === "up";
    Object.assign(watch, { host: undefined, state: this.#stopping ? "stopped" : "down", reason, code });
    if (wasUp) {
      this.#options.peer(node, false);
      for (const other of this.#watches.values())
        if (other.state === "up" && other.host) this.#tell(other.host, watch, false);
    }
    clearTimeout(watch.timer);
    for (const resolve of watch.gone.splice(0)) resolve();
    if (!this.#stopping) this.#recover(watch, wasUp);
    this.#options.life?.(lifeOf(watch));
    if (wasUp || watch.state !== "down") this.#settle(watch);
  }

  #recover(watch: Watch, wasUp: boolean): void {
    watch.history = withDeath(watch.history, wasUp, Date.now());
    const fate = fateOf({ ...watch, wasUp, everUp: watch.epoch !== undefined });
    if ("state" in fate) {
      Object.assign(watch, fate);
      return;
    }
    watch.restarts += 1;
    watch.timer = setTimeout(() => this.#launch(watch, fate.scrubbed), fate.restartAfterMs);
  }

  async #stop(watch: Watch): Promise<void> {
    clearTimeout(watch.timer);
    const { host } = watch;
    if (!host) {
      watch.state = "stopped";
      return;
    }
    const gone = goneFrom(watch);
    const force = setTimeout(() => host.kill(), STOP_MS);
    void host.control.call((control) => control.stop()).catch(() => undefined);
    await gone;
    clearTimeout(force);
  }

  /** Resolves at the next time that the node serves, or is known not to. */
  #settled(watch: Watch): Promise<void> {
    return watch.state === "starting" || watch.state === "down"
      ? new Promise((resolve) => watch.settled.push(resolve))
      : Promise.resolve();
  }

  #settle(watch: Watch): void {
    for (const resolve of watch.settled.splice(0)) resolve();
  }

  #tell(host: Host, { spec, epoch = 0 }: Watch, up: boolean): void {
    const told = host.control.call((control) => control.peer(spec.self, up, epoch)).catch(() => undefined);
    this.#words.add(told);
    void told.then(() => this.#words.delete(told));
  }

  /** Resolves when all have heard what they were told of the others: only then is nobody refused for being down. */
  async #heard(): Promise<void> {
    await Promise.all(this.#words);
  }

  #watch(node: NodeId): Watch {
    const watch = this.#watches.get(node);
    if (watch) return watch;
    throw new AyesError("no-such-node", `there is no node ${node}; there are ${[...this.#watches.keys()].join(", ")}`);
  }
}

/** A node that ends meanwhile is told when it is back. */
function listenTo({ control }: Host, tap: Tap | undefined): void {
  void control.call((node) => node.listen(tap)).catch(() => undefined);
}

/** Resolves when the node that runs now has ended: not already when it is ready. */
function goneFrom(watch: Watch): Promise<void> {
  return new Promise((resolve) => watch.gone.push(resolve));
}
