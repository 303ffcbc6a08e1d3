/** Explores what somebody asked for, and reports it as plain data. */

import { Blocking, type Reason } from "./blocking.js";
import { explore, type Violation, type Watch, type Way } from "./breadth-first.js";
import { Cluster, type Deed as ClusterDeed, type ClusterOptions, type ClusterState } from "./cluster.js";
import { ending } from "./conversation.js";
import { invariantsOf, RECOVERY } from "./invariants.js";
import { tcommit } from "./published/tcommit.js";
import { twoPhase } from "./published/two-phase.js";
import { conversation } from "./rehearsal.js";
import { heal } from "./settling.js";
import { invariantsOf as processInvariants } from "./three-phase/invariants.js";
import { type Deed, Processes, type ProcessesOptions, type ProcessesState } from "./three-phase/processes.js";
import { conversation as processesConversation } from "./three-phase/rehearsal.js";

export type SpecificationName = "tcommit" | "two-phase";

export type Report = {
  distinctStates: number;
  transitions: number;
  /** An initial state has depth 1. */
  depth: number;
  seconds: number;
  /** The invariant that does not hold somewhere, and the shortest way there. */
  violation: { invariant: string; conversation: string[] } | null;
};

/** States in which a participant waits for one that is down, why they block, and the shortest way to one. */
export type BlockingReport = { states: number; reasons: (Reason & { states: number })[]; example: string[] | null };

export type ClusterReport = Report & { blocking: BlockingReport };

/** `beyond`: how many states have a later round than the bound, and were not continued. */
export type ProcessesReport = Report & { beyond: number };

export type Progress = NonNullable<Watch<unknown, unknown>["progress"]>;

const SILENT: Progress = () => undefined;

/** Explores one of the published specifications. */
export function exploreSpecification(name: SpecificationName, count: number, progress: Progress = SILENT): Report {
  return name === "tcommit"
    ? specified(explore(tcommit(count), { progress }))
    : specified(explore(twoPhase(count), { progress }));
}

const THEORY = "blocking: exactly when nobody who is up knows more than that it promised";

/** Explores the shipped core, or the core with other roles. */
export function exploreCluster(options: ClusterOptions, progress: Progress = SILENT): ClusterReport {
  const cluster = new Cluster(options, invariantsOf);
  const blocking = new Blocking<Way<ClusterState, ClusterDeed>>(cluster);
  const { violation, ...numbers } = explore(cluster, { progress, visit: (state, way) => blocking.visit(state, way) });
  const surprise = blocking.surprise && { invariant: THEORY, ...blocking.surprise };
  const worst = violation ?? surprise;
  const { states, example } = blocking;
  return {
    ...numbers,
    violation: worst ? { invariant: worst.invariant, conversation: violationText(cluster, worst) } : null,
    blocking: { states, reasons: blocking.reasons(), example: example ? exampleText(cluster, example) : null },
  };
}

/** Explores three-phase commit as it is shipped, or with other roles. */
export function exploreProcesses(options: ProcessesOptions, progress: Progress = SILENT): ProcessesReport {
  const system = new Processes(options, processInvariants);
  let beyond = 0;
  const { violation, ...numbers } = explore(system, {
    progress,
    visit: (state) => {
      if (system.isBeyond(state)) beyond += 1;
    },
  });
  return { ...numbers, beyond, violation: violation ? processesText(system, violation) : null };
}

function processesText(system: Processes, found: Violation<ProcessesState, Deed[]>): Report["violation"] {
  const { invariant, start, path } = found;
  const lines = [`# ${invariant}.`, ...processesConversation(system, start, path)];
  return { invariant, conversation: lines };
}

function specified({ violation, ...numbers }: ReturnType<typeof explore<unknown, string>>): Report {
  const steps = violation?.path.map(({ label }) => label) ?? [];
  return { ...numbers, violation: violation ? { invariant: violation.invariant, conversation: steps } : null };
}

function violationText(cluster: Cluster, { invariant, start, path }: Violation<ClusterState, ClusterDeed>): string[] {
  const { actors } = path.at(-1)?.state ?? start;
  const lines = [`# ${invariant}.`, ...conversation(cluster, start, path), `# ${endingOf(cluster, actors)}`];
  if (invariant === RECOVERY) lines.push(`# When all are back: ${endingOf(cluster, heal(cluster, actors))}`);
  return lines;
}

function exampleText(cluster: Cluster, { start, path }: Way<ClusterState, ClusterDeed>): string[] {
  const { actors } = path.at(-1)?.state ?? start;
  return ["# Nobody who is up can end this.", ...conversation(cluster, start, path), `# ${endingOf(cluster, actors)}`];
}

function endingOf({ cast }: Cluster, actors: readonly number[]): string {
  return ending(actors.map((number) => cast.actor(number)));
}
