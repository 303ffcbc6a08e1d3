/** `ayes torture`: hurts a cluster of its own in every way we know, and says whether it kept its promises. */

import { randomInt } from "node:crypto";
import type { Mix } from "../../runtime/simulation/plan.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { EXIT } from "../session/reply.js";
import { Board } from "../torture/board.js";
import { reportOf, reportText } from "../torture/report.js";
import { showScreen } from "../torture/screen.js";
import { torture as run } from "../torture/torture.js";
import { onStopSignal } from "./signals.js";

export type TortureFlags = {
  minutes: number;
  seed?: number;
  replicas: number;
  coordinators: number;
  protocol: Mix;
  json?: boolean;
  quiet?: boolean;
};

const MINUTE_MS = 60_000;
const SEEDS = 1_000_000_000;

/** Runs until the time is over; Ctrl-C ends it early, with all checks. 1 means that a promise was broken. */
export async function torture(flags: TortureFlags): Promise<number> {
  const { minutes, seed = randomInt(SEEDS), replicas, coordinators, protocol } = flags;
  const protocols = protocol === "mixed" ? (["2pc", "3pc"] as const) : [protocol];
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const watched = process.stderr.isTTY && !flags.quiet;
  const board = new Board(minutes * MINUTE_MS, (line) => watched || printer.say(line));
  let stopped = 0;
  const forget = onStopSignal((code) => {
    stopped = code;
    board.stop();
  });
  if (!watched) printer.say(`seed ${seed}`);
  const hide = watched ? showScreen(board, seed, process.stderr) : () => undefined;
  const verdict = await run({ seed, replicas, coordinators, protocols, board });
  hide();
  forget();
  const report = reportOf(board, { seed, protocol }, verdict);
  process.stdout.write(`${flags.json ? JSON.stringify(report) : reportText(printer.view, report)}\n`);
  return report.ok ? stopped : EXIT.refused;
}
