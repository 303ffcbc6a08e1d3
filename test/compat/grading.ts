/** Plays scripts with real processes, several at once on ports of their own, and compares what the master would print. */

import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Framing } from "../../cli/compat/lines.js";
import { Master } from "./master.js";
import type { Script } from "./script.js";

export type Case = Script & { framing: Framing; vetoLonger: boolean };
export type Verdict = { name: string; passed: boolean; seconds: number; why: string };

export type GradingOptions = {
  /** The folder with `process` and `stopall`. */
  scripts: string;
  pauseMs: number;
  startMs: number;
  patienceMs: number;
  /** How many scripts at once, each with ports of its own. Lane 0 has those of the project. */
  lanes: number;
  firstLane?: number;
  judged(verdict: Verdict): void;
};

/** Ports of a script, and of peers, lie within so many of each other. */
export const LANE_PORTS = 100;
export const PEER_PORTS = 20_000;

export async function grade(cases: readonly Case[], options: GradingOptions): Promise<Verdict[]> {
  const left = [...cases];
  const verdicts: Verdict[] = [];
  const { lanes, firstLane = 0 } = options;
  const lane = async (number: number) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const verdict = await judge(next, number, options);
      verdicts.push(verdict);
      options.judged(verdict);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(firstLane + number)));
  return verdicts;
}

async function judge(script: Case, lane: number, options: GradingOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "ayes-grade-"));
  for (const name of ["process", "stopall"]) symlinkSync(resolve(options.scripts, name), join(folder, name));
  const begun = performance.now();
  const master = new Master({
    folder,
    framing: script.framing,
    env: environment(script, lane),
    pauseMs: options.pauseMs,
    startMs: options.startMs,
    portOffset: lane * LANE_PORTS,
    patienceMs: options.patienceMs,
  });
  let why = "";
  try {
    await master.play(script.steps);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  await master.exit();
  rmSync(folder, { recursive: true, force: true });
  if (why === "" && master.output !== script.expected) why = difference(script.expected, master.output);
  return { name: script.name, passed: why === "", seconds: (performance.now() - begun) / 1000, why };
}

function environment({ framing, vetoLonger }: Case, lane: number): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    AYES_COMPAT_FRAMING: framing,
    AYES_COMPAT_PEER_PORTS: String(PEER_PORTS + lane * LANE_PORTS),
    ...(vetoLonger && { AYES_COMPAT_VETO_LONGER: "1" }),
  };
}

/** The first line of the output that is not as expected. */
function difference(expected: string, output: string): string {
  const wanted = expected.split("\n");
  const printed = output.split("\n");
  const at = wanted.findIndex((line, index) => line !== printed[index]);
  const index = at < 0 ? wanted.length : at;
  const shown = (line: string | undefined) => (line === undefined || line === "" ? "nothing more" : line);
  return `output line ${index + 1}: expected ${shown(wanted[index])}, printed ${shown(printed[index])}`;
}
