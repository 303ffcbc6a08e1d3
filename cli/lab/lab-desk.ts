/** The tours over HTTP, for a page: one at a time, a step whenever somebody asks, and an end also if nobody does. */

import { AyesError } from "../../runtime/errors.js";
import type { Extra } from "../../runtime/gateway/mounting.js";
import { newId } from "../../runtime/ids.js";
import { LABS } from "./labs.js";
import { type Taken, Tour, type TourOptions } from "./tour.js";

/** The tour under way, as a page sees it. */
export type LabState = {
  id: string;
  lab: string;
  /** How many steps there are, and those that were taken. */
  steps: number;
  taken: Taken[];
  /** What the next step does, before it is taken. */
  next?: string;
  over: boolean;
  failed: boolean;
};

export type LabList = { labs: { lab: string; title: string; about: string; steps: number }[]; running?: LabState };

export type LabDeskOptions = TourOptions & { leftMs?: number };

/** A tour that nobody went on with for so long has been left. */
const LEFT_MS = 10 * 60_000;

export class LabDesk {
  readonly #options: LabDeskOptions;
  #running: { id: string; tour: Tour; busy: boolean } | undefined;
  #left: NodeJS.Timeout | undefined;

  constructor(options: LabDeskOptions) {
    this.#options = options;
  }

  readonly extras: readonly Extra[] = [
    {
      name: "readLabs",
      method: "get",
      path: "/v1/labs",
      summary: "Guided tours, and the one under way",
      word: "lab",
      answer: async () => this.list(),
    },
    {
      name: "startLab",
      path: "/v1/labs",
      summary: "Start a guided tour on a cluster of its own; one at a time",
      word: "lab",
      answer: ({ lab }) => this.start(lab),
    },
    {
      name: "stepLab",
      path: "/v1/labs/{id}",
      summary: "Take the next step of a guided tour (`next`), or leave it (`end`)",
      word: "lab",
      answer: ({ step }, id) => this.step(id, step),
    },
  ];

  list(): LabList {
    const labs = LABS.map(({ name, title, about, steps }) => ({ lab: name, title, about, steps: steps.length }));
    return { labs, ...(this.#running && { running: stateOf(this.#running) }) };
  }

  async start(name: unknown): Promise<LabState> {
    const lab = LABS.find((one) => one.name === name);
    if (!lab)
      throw new AyesError("not-found", `there is no such lab; there are ${LABS.map((one) => one.name).join(", ")}`);
    if (this.#running && !this.#running.tour.isOver) {
      throw new AyesError("overloaded", `the lab ${this.#running.tour.lab.name} is under way; end it first`);
    }
    await this.close();
    const running = { id: newId(), tour: new Tour(lab, this.#options), busy: true };
    this.#running = running;
    try {
      await running.tour.start();
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
    running.busy = false;
    this.#rest();
    return stateOf(running);
  }

  async step(id: string | undefined, step: unknown): Promise<LabState> {
    const running = this.#running;
    if (!running || running.id !== id) throw new AyesError("not-found", "this lab is over");
    if (step === "end") {
      await this.close();
      return stateOf(running);
    }
    if (step !== "next") throw new AyesError("invalid", "step must be next or end");
    if (running.busy) throw new AyesError("overloaded", "its last step is under way");
    running.busy = true;
    clearTimeout(this.#left);
    try {
      await running.tour.next();
    } finally {
      running.busy = false;
      // What was found stays to be seen; its cluster is needed no more.
      if (running.tour.isOver) await running.tour.close();
      this.#rest();
    }
    return stateOf(running);
  }

  /** Ends the tour under way. */
  async close(): Promise<void> {
    clearTimeout(this.#left);
    const running = this.#running;
    this.#running = undefined;
    await running?.tour.close();
  }

  #rest(): void {
    clearTimeout(this.#left);
    this.#left = setTimeout(() => void this.close(), this.#options.leftMs ?? LEFT_MS).unref();
  }
}

function stateOf({ id, tour }: { id: string; tour: Tour }): LabState {
  const { lab, taken, isOver, hasFailed } = tour;
  const next = isOver ? undefined : lab.steps[taken.length]?.say;
  const about = { id, lab: lab.name, steps: lab.steps.length, taken, over: isOver, failed: hasFailed };
  return { ...about, ...(next !== undefined && { next }) };
}
