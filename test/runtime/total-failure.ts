/** Every order in which all processes fail, and every order in which they come back, at every state of the protocol. */

import type { ThreePhaseMessage } from "../../actors/message.js";
import { isEnd } from "../../actors/record.js";
import { awaited } from "../../actors/three-phase/recovery.js";
import type { Roles } from "../../actors/transactions.js";
import { canonicalText } from "../../runtime/exploration/canonical.js";
import { permutations } from "../../runtime/exploration/symmetry.js";
import { Company } from "../../runtime/exploration/three-phase/company.js";
import { Processes } from "../../runtime/exploration/three-phase/processes.js";

/** What is delivered before all fail: letters of this kind and the earlier ones, of the last kind only to so many. */
export type Moment = { last: (typeof KINDS)[number]; reaches: number };

export type Way = { talk: boolean; kept: boolean };

export type Census = { played: number; orders: number; moments: number; wrong: string[] };

/** The letters of a commit, in their order. */
const KINDS = ["prepare", "vote", "precommit", "precommit-ack", "decide"] as const satisfies (
  | "prepare"
  | "vote"
  | "decide"
  | ThreePhaseMessage["kind"]
)[];

/**
 * Plays them all, in each of these ways: what one hears of the failures of others may make it act (`talk`) or only note
 * them, and what was not forced may be `kept`.
 */
export function totalFailures(processes: number, ways: readonly Way[], member?: Roles["member"]): Census {
  const system = new Processes({ processes, crashes: 0, ...(member && { roles: { member } }) }, () => []);
  const orders = permutations(system.nodes.map((_, place) => place));
  const moments = momentsOf(processes);
  const runs = moments.flatMap((moment) =>
    orders.flatMap((failing) =>
      orders.flatMap((returning) => ways.map((way) => ({ moment, failing, returning, ...way }))),
    ),
  );
  const wrong = runs.flatMap((run) => {
    const said = new Run(system, run.moment).play(run);
    return said === undefined ? [] : `${nameOf(run)}: ${said}`;
  });
  return { played: runs.length, orders: orders.length ** 2, moments: moments.length, wrong };
}

type Orders = Way & { failing: readonly number[]; returning: readonly number[] };

class Run {
  readonly #system: Processes;
  readonly #company: Company;

  constructor(system: Processes, { last, reaches }: Moment) {
    this.#system = system;
    const [start] = system.initial();
    if (!start) throw new Error("there is no start");
    this.#company = new Company(system, system.actors(start));
    this.#company.happen(system.begin);
    for (const kind of KINDS.slice(0, KINDS.indexOf(last))) this.#company.deliver(({ body }) => body.kind === kind);
    let left = reaches;
    this.#company.deliver(({ body }) => {
      left -= body.kind === last ? 1 : 0;
      return body.kind === last && left >= 0;
    });
  }

  /** What is not as it has to be. */
  play({ failing, returning, talk, kept }: Orders): string | undefined {
    const needed = this.#fail({ failing, talk, kept });
    const knowing = failing.filter((on) => this.#isKnowing(on));
    const back: number[] = [];
    for (const on of returning) {
      back.push(on);
      this.#company.restart(on);
      if (!this.#company.settle()) return "it does not come to rest";
      const mustEnd = needed.every((one) => back.includes(one)) || back.some((one) => knowing.includes(one));
      const wrong = mustEnd ? this.#lateness(back) : this.#haste(back, needed);
      if (wrong) return wrong;
    }
    return this.#difference();
  }

  /**
   * All fail. Returns who has to be back before the others may decide: the last, and nobody else; unless that one had
   * decided to abort before it was alone. An abort is not forced, so a crash may take it back.
   */
  #fail({ failing, talk, kept }: Omit<Orders, "returning">): number[] {
    const last = failing.at(-1) ?? 0;
    let wasDecided = false;
    for (const on of failing) {
      if (on === failing.at(-2)) wasDecided = this.#isDecided(last);
      this.#company.crash(on, kept);
      if (talk) this.#company.settle();
      else this.#company.hear();
    }
    this.#company.lose();
    return wasDecided ? this.#upSet(last) : [last];
  }

  /** As its log tells. */
  #upSet(on: number): number[] {
    const alone = new Company(this.#system, this.#company.actors);
    alone.restart(on);
    const { group = [] } = alone.open(on) ?? {};
    return this.#system.nodes.flatMap((node, place) => (place === on || group.includes(node) ? [place] : []));
  }

  /** It has decided, or does not even know of the transaction, so it rules it out. */
  #isKnowing(on: number): boolean {
    const { log } = this.#actor(on).disk;
    return log.length === 0 || log.some(isEnd);
  }

  #isDecided(on: number): boolean {
    const { finished = [] } = this.#actor(on).running?.core.participating ?? {};
    return finished.length > 0;
  }

  #lateness(back: readonly number[]): string | undefined {
    const waiting = back.filter((on) => this.#company.open(on));
    return waiting.length > 0 ? `with ${this.#names(back)} back, ${this.#names(waiting)} must not wait` : undefined;
  }

  #haste(back: readonly number[], needed: readonly number[]): string | undefined {
    const { nodes } = this.#system;
    const missing = needed.filter((one) => !back.includes(one)).map((one) => nodes[one] ?? "");
    for (const on of back) {
      const state = this.#company.open(on);
      if (!state) return `${nodes[on]} decided before ${missing} was back`;
      const waitingFor = awaited(state, nodes[on] ?? "", nodes);
      if (!missing.some((node) => waitingFor.includes(node)))
        return `${nodes[on]} waits for ${waitingFor}, not ${missing}`;
    }
    return undefined;
  }

  #difference(): string | undefined {
    const disks = this.#system.nodes.map((_, on) => this.#actor(on).disk);
    const ends = disks.flatMap(({ log }) => log.filter(isEnd).map(({ outcome }) => outcome));
    if (new Set(ends).size > 1) return "they disagree";
    return new Set(disks.map(({ data }) => canonicalText(data))).size > 1 ? "their data differ" : undefined;
  }

  #actor(on: number) {
    return this.#system.cast.actor(this.#company.actors[on] ?? 0);
  }

  #names(places: readonly number[]): string {
    return places.map((place) => this.#system.nodes[place]).join(", ");
  }
}

/** From the moment when only the coordinator has promised to the one when all have decided. */
function momentsOf(processes: number): Moment[] {
  const counts = Array.from({ length: processes }, (_, count) => count);
  return KINDS.flatMap((last) =>
    counts.filter((count) => count > 0 || last === "prepare").map((reaches) => ({ last, reaches })),
  );
}

function nameOf({ moment, failing, returning, talk, kept }: Orders & { moment: Moment }): string {
  const order = (places: readonly number[]) => places.map((place) => place + 1).join("");
  const how = `${talk ? "talking" : "silent"}${kept ? ", flushed" : ""}`;
  return `${moment.last} to ${moment.reaches}, fail ${order(failing)}, return ${order(returning)} (${how})`;
}
