/** Faults that a running cluster is given on purpose: nodes that die or stop for a while, links that lose or delay. */

import type { NodeId } from "../actors/transaction.js";
import type { Shape } from "./config.js";
import type { Disturbing, LinkStatus } from "./disturbing-api.js";
import { AyesError } from "./errors.js";
import type { CrashPlan } from "./faults.js";
import type { Host } from "./hosts/host.js";
import { describe } from "./json-shape.js";
import { checkNode, checkPlanFor } from "./requests.js";
import type { Supervisor } from "./supervisor.js";
import type { LinkFaults } from "./transport/disturbed.js";

const LONGEST_DELAY_MS = 60_000;

export class Disturbances implements Disturbing {
  readonly #supervisor: Supervisor;
  readonly #shape: Shape;
  /** Throws when faults are not allowed, or the cluster is closed. */
  readonly #allow: () => void;
  readonly #paused = new Set<Host>();
  #links: LinkStatus[] = [];

  constructor(supervisor: Supervisor, shape: Shape, allow: () => void) {
    this.#supervisor = supervisor;
    this.#shape = shape;
    this.#allow = allow;
  }

  /** Links that are damaged now. */
  get links(): readonly LinkStatus[] {
    return this.#links;
  }

  /** Whether links are whole and nobody is paused. */
  get none(): boolean {
    return this.#links.length === 0 && this.#paused.size === 0;
  }

  isPaused(host: Host): boolean {
    return this.#paused.has(host);
  }

  async crash(node: string, plan?: CrashPlan): Promise<void> {
    this.#allow();
    const checked = checkPlanFor(node, plan, this.#shape);
    await this.#supervisor.crash(node, checked);
  }

  async pause(node: string): Promise<void> {
    const { host, pid } = this.#process(node);
    process.kill(pid, "SIGSTOP");
    this.#paused.add(host);
  }

  async resume(node: string): Promise<void> {
    const { host, pid } = this.#process(node);
    process.kill(pid, "SIGCONT");
    this.#paused.delete(host);
  }

  async cut(one: string, other: string, on = true): Promise<void> {
    if (typeof on !== "boolean") throw new AyesError("invalid", `on must be true or false, not ${describe(on)}`);
    await this.#change(one, other, { cut: on });
  }

  async delay(one: string, other: string, delayMs: number): Promise<void> {
    if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > LONGEST_DELAY_MS) {
      throw new AyesError("invalid", `the delay must be from 0 to ${LONGEST_DELAY_MS} ms, not ${describe(delayMs)}`);
    }
    await this.#change(one, other, { delayMs });
  }

  /** Whoever is to stop has to be able to hear of it. */
  close(): void {
    for (const { pid } of this.#paused) if (pid !== undefined) wake(pid);
    this.#paused.clear();
  }

  #process(name: string): { host: Host; pid: number } {
    this.#allow();
    const node = checkNode(name);
    const host = this.#supervisor.host(node);
    if (!host) throw new AyesError("unavailable", `${node} is down`, { node });
    if (host.kind === "process" && host.pid !== undefined) return { host, pid: host.pid };
    throw new AyesError(
      "invalid",
      `${node} is a thread; only a process can be stopped for a while (--hosts processes)`,
    );
  }

  async #change(one: string, other: string, change: Partial<LinkStatus>): Promise<void> {
    this.#allow();
    const ends = [checkNode(one), checkNode(other)].sort() as [NodeId, NodeId];
    for (const node of ends) this.#supervisor.host(node);
    if (ends[0] === ends[1]) throw new AyesError("invalid", `${one} has no link to itself`);
    const isIt = ({ between }: LinkStatus) => between[0] === ends[0] && between[1] === ends[1];
    const before = this.#links.find(isIt) ?? { between: ends, cut: false, delayMs: 0 };
    const link = { ...before, ...change };
    const others = this.#links.filter((known) => !isIt(known));
    this.#links = link.cut || link.delayMs > 0 ? [...others, link] : others;
    await Promise.all(ends.map((node) => this.#tell(node)));
  }

  /** A node that is stopped hears of it when it goes on. */
  async #tell(node: NodeId): Promise<void> {
    const links = this.#faultsOf(node);
    const host = this.#supervisor.host(node);
    const told = this.#supervisor.amend(node, { links }, (control) => control.disturb(links));
    if (host && this.#paused.has(host)) told.catch(() => undefined);
    else await told;
  }

  #faultsOf(node: NodeId): LinkFaults {
    const own = this.#links.filter(({ between }) => between.includes(node));
    return Object.fromEntries(
      own.map(({ between: [one, other], cut, delayMs }) => [one === node ? other : one, { cut, delayMs }]),
    );
  }
}

function wake(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It is gone.
  }
}
