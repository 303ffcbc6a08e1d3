/** The cluster's side of stepping: one plan for all nodes, and one list of what they hold, numbered as it comes. */

import type { NodeId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { Held, HeldList, StepPlan } from "../stepping-api.js";
import type { Supervisor } from "../supervisor.js";
import { checkHeldId, checkStepPlan } from "./requests.js";
import type { HeldAtNode } from "./shown-held.js";
import type { StandingClock } from "./standing-clock.js";

/** Listed of each node at most. */
const LISTED = 500;
/** How long the next one is waited for: what was let go last is on its way. */
const PATIENCE_MS = 1000;
const PAUSE_MS = 10;

/** Where something is held: its node, in one life, and its number there. */
type Place = { node: NodeId; epoch: number; number: number };

export class StepDesk {
  readonly #supervisor: Supervisor;
  readonly #clock: StandingClock;
  #plan: StepPlan | undefined;
  /** Of what is held now. What was let go, or died with its node, is forgotten. */
  #places = new Map<number, Place>();
  #last = 0;

  /** The clock is that of clients and people. */
  constructor(supervisor: Supervisor, clock: StandingClock) {
    this.#supervisor = supervisor;
    this.#clock = clock;
  }

  get stepping(): boolean {
    return this.#plan !== undefined;
  }

  async step(asked: unknown): Promise<HeldList> {
    const plan = checkStepPlan(asked);
    if (plan) this.#clock.stand(true);
    this.#plan = plan;
    const nodes = this.#supervisor.wards().map(({ spec }) => spec.self);
    const tell = (node: NodeId) => this.#supervisor.amend(node, { step: plan }, (control) => control.step(plan));
    try {
      await Promise.all(nodes.map(tell));
    } finally {
      if (this.#plan === undefined) this.#clock.stand(false);
    }
    return this.held();
  }

  async held(): Promise<HeldList> {
    const lists = await Promise.all(this.#supervisor.wards().map((ward) => this.#heldAt(ward.spec.self)));
    const all = lists.flatMap(({ held }) => held).sort((one, other) => one.at - other.at);
    const more = lists.reduce((sum, { count, held }) => sum + count - held.length, 0);
    const held = this.#numbered(all);
    return { ...(this.#plan && { stepping: this.#plan }), held, more };
  }

  async release(asked: unknown): Promise<Held | undefined> {
    const id = checkHeldId(asked);
    const found = await (id === "next" ? this.#next() : this.#found(id));
    const place = found && this.#places.get(found.id);
    if (!found || !place) return undefined;
    const { node, number } = place;
    const done = await this.#supervisor.host(node)?.control.call((control) => control.release(number));
    if (done) return found;
    throw new AyesError("not-waiting", `${found.id} is not held at ${node} any more`, { node });
  }

  async #found(id: number): Promise<Held> {
    const { held } = await this.held();
    const found = held.find((item) => item.id === id);
    if (!found) throw new AyesError("not-waiting", `nothing with the number ${id} is held`);
    if (found.after === undefined) return found;
    const detail = `${found.after} has to go before ${id}: ${whyAfter(held, found)}`;
    throw new AyesError("not-waiting", detail, { node: found.node });
  }

  async #next(): Promise<Held | undefined> {
    for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
      const { held } = await this.held();
      const next = held.find(({ after }) => after === undefined);
      if (next || waitedMs >= PATIENCE_MS || !this.#plan) return next;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #heldAt(node: NodeId): Promise<{ held: (HeldAtNode & Place)[]; count: number }> {
    const { epoch = 0 } = this.#supervisor.wards().find(({ spec }) => spec.self === node) ?? {};
    const asked = this.#supervisor.host(node)?.control.call((control) => control.held(LISTED));
    const { held, count } = (await asked?.catch(() => undefined)) ?? { held: [], count: 0 };
    return { held: held.map((item) => ({ ...item, node, epoch })), count };
  }

  /** The same number each time; new ones in the order in which they came. */
  #numbered(all: readonly (HeldAtNode & Place)[]): Held[] {
    const known = new Map([...this.#places].map(([id, place]) => [textOf(place), id]));
    const places = new Map<number, Place>();
    const ids = new Map<string, number>();
    for (const { node, epoch, number } of all) {
      const place = { node, epoch, number };
      const id = known.get(textOf(place)) ?? ++this.#last;
      places.set(id, place);
      ids.set(textOf(place), id);
    }
    this.#places = places;
    const listed = all.map(({ number, epoch, after, ...item }): Held => {
      const place = { node: item.node, epoch };
      const id = ids.get(textOf({ ...place, number })) ?? 0;
      return { id, ...item, ...(after !== undefined && { after: ids.get(textOf({ ...place, number: after })) ?? 0 }) };
    });
    return listed.sort((one, other) => one.id - other.id);
  }
}

function textOf({ node, epoch, number }: Place): string {
  return `${node} ${epoch} ${number}`;
}

function whyAfter(held: readonly Held[], { after, node }: Held): string {
  const first = held.find(({ id }) => id === after);
  if (first?.kind === "message") return `messages of one link keep their order (${first.source} to ${node})`;
  return `${node} is in a turn, ${first?.says ?? "which it has to end"}`;
}
