/** What must hold in every state of the processes, whatever happened. */

import { isEnd } from "../../../actors/record.js";
import type { Actor } from "../actor.js";
import { canonicalText } from "../canonical.js";
import { dataFollowsLog, locksFollowPromises } from "../invariants.js";
import { Numbering } from "../numbering.js";
import { once } from "../once.js";
import type { Invariant } from "../transition-system.js";
import type { Processes, ProcessesState } from "./processes.js";
import { KEY } from "./request.js";
import { heal, settle } from "./settling.js";

export const NON_BLOCKING = "non-blocking: while one has never failed, all that are up come to a decision";
export const RECOVERY = "recovery: when all are back, everything is settled and the same everywhere";

/** The invariants, the cheap ones first. */
export function invariantsOf(system: Processes): readonly Invariant<ProcessesState>[] {
  const { cast } = system;
  const all = (name: string, holds: (actor: Actor) => boolean) => {
    const known = once((number) => holds(cast.actor(number)));
    return { name, holds: (state: ProcessesState) => state.desks.every((desk) => known(system.desks.actor(desk))) };
  };
  const promised = ["validity: a commit needs the durable promise of every process", everybodyPromised] as const;
  const reliable = [
    ["leadership: in a round one process acts at most", oneActs],
    [NON_BLOCKING, comesToDecision],
    [RECOVERY, recovers],
  ] as const;
  // While the detector may be wrong, nothing can be asked but that it is safe.
  const { partition = false, safety = partition } = system.options;
  const together = new Together(system, safety ? [promised] : [promised, ...reliable]);
  return [
    { name: "no assumption breaks", holds: ({ flaw }) => flaw === undefined },
    agreement(system),
    all("locks: exactly the keys of promises are locked", locksFollowPromises),
    all("data: exactly what was committed is there", dataFollowsLog),
    ...together.invariants,
  ];
}

type Judgement = (system: Processes, actors: readonly number[]) => boolean;

/** What depends on all processes, but not on letters: many states have the same. */
class Together {
  readonly #system: Processes;
  readonly #named: readonly (readonly [name: string, judge: Judgement])[];
  readonly #judged = new Numbering();
  /** The first that does not hold, by the number of what was judged. */
  readonly #broken = new Map<number, number>();
  #last: { state: ProcessesState | undefined; verdict: number | undefined } = { state: undefined, verdict: undefined };

  constructor(system: Processes, named: readonly (readonly [string, Judgement])[]) {
    this.#system = system;
    this.#named = named;
  }

  get invariants(): Invariant<ProcessesState>[] {
    return this.#named.map(([name], index) => ({ name, holds: (state) => this.#verdict(state) !== index }));
  }

  /** All are asked about a state one after the other. */
  #verdict(state: ProcessesState): number | undefined {
    if (this.#last.state !== state) this.#last = { state, verdict: this.#judge(this.#system.actors(state)) };
    return this.#last.verdict;
  }

  #judge(actors: readonly number[]): number | undefined {
    const next = this.#judged.size;
    const number = this.#judged.number(String.fromCharCode(...actors));
    if (number === next) {
      const broken = this.#named.findIndex(([, judge]) => !judge(this.#system, actors));
      if (broken >= 0) this.#broken.set(number, broken);
    }
    return this.#broken.get(number);
  }
}

const COMMITTED = 1;
const ABORTED = 2;

/** Also among those that are down, and with what is not on disk yet. */
function agreement({ cast, desks }: Processes): Invariant<ProcessesState> {
  const outcomes = once((number) => outcomesOf(cast.actor(number)));
  return {
    name: "agreement: nobody decides otherwise, ever",
    holds: (state) => {
      let found = 0;
      for (const desk of state.desks) found |= outcomes(desks.actor(desk));
      return found !== (COMMITTED | ABORTED);
    },
  };
}

function outcomesOf({ disk, running }: Actor): number {
  const ends = [...disk.log, ...(running?.lazy ?? [])].filter(isEnd);
  return ends.reduce((bits, { outcome }) => bits | (outcome === "committed" ? COMMITTED : ABORTED), 0);
}

function everybodyPromised({ cast }: Processes, numbers: readonly number[]): boolean {
  const actors = numbers.map((number) => cast.actor(number));
  const isCommitted = actors.some((actor) => (outcomesOf(actor) & COMMITTED) !== 0);
  return !isCommitted || actors.every(({ disk }) => disk.log.some(({ kind }) => kind === "prepared"));
}

/** Only who is up acts, and only from its duty. */
function oneActs({ cast }: Processes, numbers: readonly number[]): boolean {
  const rounds = numbers.flatMap((number) => {
    const [open] = cast.actor(number).running?.core.participating.open ?? [];
    if (open?.[1].protocol !== "3pc") return [];
    const { duty, round } = open[1];
    return duty.is === "voting" || duty.is === "precommitting" || duty.is === "polling" ? [round] : [];
  });
  return new Set(rounds).size === rounds.length;
}

/** The transaction began when all were in their first life. */
function comesToDecision(system: Processes, actors: readonly number[]): boolean {
  const { cast } = system;
  const isUpSinceTheBegin = actors.some((number) => cast.isUp(number) && cast.actor(number).disk.epoch === 1);
  if (!isUpSinceTheBegin) return true;
  const settled = settle(system, actors);
  return settled?.every((number) => isDecided(cast.actor(number))) ?? false;
}

function isDecided({ running }: Actor): boolean {
  return !running || running.core.participating.open.length === 0;
}

/** Whatever was lost, and whoever was down: in the end nobody has a duty left and all have the same. */
function recovers(system: Processes, actors: readonly number[]): boolean {
  const healed = heal(system, actors)?.map((number) => system.cast.actor(number));
  if (!healed) return false;
  const contents = healed.map(({ disk }) => canonicalText(disk.data.filter(({ key }) => key === KEY)));
  return healed.every(isAtRest) && new Set(contents).size === 1;
}

function isAtRest(actor: Actor): boolean {
  const { running } = actor;
  return running !== undefined && isDecided(actor) && running.core.locks.length === 0 && running.resting.length === 0;
}
