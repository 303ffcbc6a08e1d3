/** `ayes explore`: every state that a small cluster can reach, or a published specification; and what blocks. */

import { writeFileSync } from "node:fs";
import {
  type ClusterReport,
  exploreCluster,
  exploreProcesses,
  exploreSpecification,
  type Progress,
  type Report,
  type SpecificationName,
} from "../../runtime/exploration/report.js";
import { TooManyStates } from "../../runtime/exploration/transition-system.js";
import { Problem } from "../language/problem.js";
import { table } from "../output/table.js";
import { paint, type View, viewOf } from "../output/view.js";

export type ExploreFlags = {
  participants?: number;
  processes?: number;
  crashes?: number;
  rounds?: number;
  transactions?: number;
  spec?: SpecificationName;
  protocol?: "2pc" | "3pc";
  partition?: boolean;
  blocking?: boolean;
  keep?: string;
  json?: boolean;
  quiet?: boolean;
};

const CRASHES = 2;
const ROUNDS = 2;
const REPLICAS = 3;
const LINE_EVERY_MS = 60_000;
const MOST = { participants: 5, processes: 5, crashes: 9, rounds: 9, transactions: 3, specified: 8 };

/** Explores, prints what was found, and returns 1 if that is a violation. */
export function explore(flags: ExploreFlags): number {
  check(flags);
  const view = viewOf(process.stdout, flags, "ayes ");
  if (flags.spec !== undefined) return explorePublished(flags.spec, flags, view);
  return flags.protocol === "3pc" ? exploreThreePhase(flags, view) : exploreCore(flags, view);
}

function exploreThreePhase(flags: ExploreFlags, view: View): number {
  const { processes = REPLICAS, crashes = CRASHES, rounds = ROUNDS, partition = false } = flags;
  const report = showing(flags, (progress) => exploreProcesses({ processes, crashes, rounds, partition }, progress));
  keep(flags.keep, report.violation?.conversation ?? null);
  if (view.json) return printJson({ protocol: "3pc", processes, crashes, rounds, partition }, report);
  const title = `3pc, ${some(processes, "process", "processes")}, ${some(crashes, "crash", "crashes")}`;
  const more = report.beyond > 0 ? [[`beyond ${some(rounds, "round")}`, String(report.beyond)]] : [];
  const lines = [summary(view, title, report, more)];
  if (!view.quiet && !report.violation) lines.push(THREE_PHASE);
  return print([...lines, ...violationLines(view, report)], report.violation);
}

const THREE_PHASE = `In every state all that decided agree, and while one process has never failed, all that are up come to a decision.`;

function exploreCore(flags: ExploreFlags, view: View): number {
  const { participants = REPLICAS, crashes = CRASHES, transactions = 1 } = flags;
  const report = showing(flags, (progress) => exploreCluster({ participants, crashes, transactions }, progress));
  const { violation, blocking } = report;
  keep(flags.keep, violation?.conversation ?? blocking.example);
  if (view.json) return printJson({ protocol: "2pc", participants, crashes, transactions }, report);
  const bounds = [
    some(participants, "participant"),
    some(crashes, "crash", "crashes"),
    some(transactions, "transaction"),
  ];
  const lines = [summary(view, `2pc, ${bounds.join(", ")}`, report, [["blocking states", String(blocking.states)]])];
  if (!view.quiet) lines.push(...blockingLines(view, report, flags.blocking === true));
  return print([...lines, ...violationLines(view, report)], violation);
}

function explorePublished(spec: SpecificationName, flags: ExploreFlags, view: View): number {
  const { participants = REPLICAS } = flags;
  const report = showing(flags, (progress) => exploreSpecification(spec, participants, progress));
  if (view.json) return printJson({ spec, participants }, report);
  const title = `${spec}, ${some(participants, "resource manager")}`;
  return print([summary(view, title, report, []), ...violationLines(view, report)], report.violation);
}

function check(flags: ExploreFlags): void {
  const {
    spec,
    participants = REPLICAS,
    crashes,
    transactions,
    blocking,
    keep,
    protocol,
    processes,
    rounds,
    partition,
  } = flags;
  if (spec !== undefined) {
    if ((crashes ?? transactions ?? blocking ?? keep ?? protocol ?? processes ?? rounds ?? partition) !== undefined) {
      throw new Problem(`--spec ${spec} takes only --participants: the specification knows no crashes`);
    }
    return within("--participants", participants, MOST.specified);
  }
  within("--crashes", crashes ?? 0, MOST.crashes);
  if (protocol === "3pc") return checkThreePhase(flags);
  if ((processes ?? rounds ?? partition) !== undefined) {
    throw new Problem("--processes, --rounds and --partition go with --protocol 3pc");
  }
  within("--participants", participants, MOST.participants);
  within("--transactions", transactions ?? 1, MOST.transactions);
}

function checkThreePhase({ participants, transactions, blocking, processes, rounds }: ExploreFlags): void {
  if (participants !== undefined) throw new Problem("--protocol 3pc has --processes: its coordinator is one of them");
  if (transactions !== undefined) throw new Problem("--protocol 3pc explores one transaction");
  if (blocking) throw new Problem("--blocking goes with --protocol 2pc: three-phase commit does not block");
  within("--processes", processes ?? 0, MOST.processes);
  within("--rounds", rounds ?? 0, MOST.rounds);
}

function within(name: string, value: number, most: number): void {
  if (value > most) throw new Problem(`${name} is at most ${most}: there would be too many states`);
}

/** Shows how far it is. The search leaves no room for a timer, so this goes out at once. */
function showing<T>(flags: ExploreFlags, work: (progress: Progress) => T): T {
  const { show, end } = process.stderr.isTTY ? onTerminal() : inLines(flags);
  try {
    return work(({ distinctStates, depth }) => show(`${distinctStates} states, depth ${depth}`));
  } catch (error) {
    if (error instanceof TooManyStates) throw new Problem(error.message);
    throw error;
  } finally {
    end();
  }
}

type Screen = { show(text: string): void; end(): void };

function onTerminal(): Screen {
  const show = (text: string) => process.stderr.write(`\r${text}\x1b[K`);
  return { show, end: () => show("") };
}

/** Nothing of a short exploration, and a sign of life of a long one. */
function inLines({ quiet = false }: ExploreFlags): Screen {
  let nextAt = performance.now() + LINE_EVERY_MS;
  const show = (text: string) => {
    if (quiet || performance.now() < nextAt) return;
    process.stderr.write(`${text}\n`);
    nextAt += LINE_EVERY_MS;
  };
  return { show, end: () => undefined };
}

function summary(view: View, title: string, report: Report, more: string[][]): string {
  const { distinctStates, transitions, depth, seconds, violation } = report;
  const verdict = violation ? paint(view, "red", "violated") : paint(view, "green", "no violation");
  const rows = [
    ["distinct states", String(distinctStates)],
    ["transitions", String(transitions)],
    ["depth", String(depth)],
    ["seconds", seconds.toFixed(2)],
    ...more,
  ];
  return `${paint(view, "bold", title)}: ${verdict}\n${table(view, ["explored", "value"], rows)}`;
}

function blockingLines(view: View, { blocking, violation }: ClusterReport, full: boolean): string[] {
  const { states, reasons, example } = blocking;
  if (states === 0 || !example) return [];
  const says = "A state blocks when a participant that asks everybody who is up stays in doubt.";
  const exactly =
    "So it is exactly where the coordinator is down and nobody who is up knows more than that it promised.";
  const lines = [violation ? says : `${says}\n${exactly}`];
  if (!full) return [...lines, "ayes explore --blocking shows why, with the shortest conversation."];
  const rows = reasons.map((reason) => [
    reason.coordinatorLog,
    ...[reason.prepared, reason.concluded, reason.down, reason.states].map(String),
  ]);
  const header = ["coordinator was", "prepared", "concluded another attempt", "down", "states"];
  return [...lines, table(view, header, rows), "", ...example];
}

function violationLines(view: View, { violation }: Report): string[] {
  if (!violation) return [];
  return ["", paint(view, "red", `violated: ${violation.invariant}`), ...violation.conversation];
}

function keep(file: string | undefined, conversation: readonly string[] | null): void {
  if (file === undefined || !conversation) return;
  try {
    writeFileSync(file, `${conversation.join("\n")}\n`);
  } catch (error) {
    throw new Problem(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(lines: readonly string[], violation: Report["violation"]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return violation ? 1 : 0;
}

function printJson(what: object, report: Report): number {
  process.stdout.write(`${JSON.stringify({ ...what, ...report })}\n`);
  return report.violation ? 1 : 0;
}

function some(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
