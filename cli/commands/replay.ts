/** `ayes replay`: runs a recording again, every node turn by turn, and says whether all came to the same. */

import type { Difference, NodeReport, Rerun } from "../../runtime/recording/rerun.js";
import { Problem } from "../language/problem.js";
import { counted } from "../output/amounts.js";
import { jsonLine } from "../output/json.js";
import { table } from "../output/table.js";
import { harmless, type View, viewOf } from "../output/view.js";
import { entriesOf } from "../past/recording-file.js";
import { EXIT } from "../session/reply.js";

export type ReplayFlags = { json?: boolean; quiet?: boolean };

const HEADER = ["node", "lives", "turns", "unheard", "log", "keys", "in doubt", "data", "state"];

/** 0 if every turn recorded, wrote and sent the same; 1 with the first that did not. */
export async function replay(path: string, flags: ReplayFlags): Promise<number> {
  const view = viewOf(process.stdout, flags, "ayes ");
  const found = await rerun(path);
  if (!Array.isArray(found)) {
    process.stdout.write(`${view.json ? jsonLine({ same: false, ...found }) : harmless(differenceText(found))}\n`);
    return EXIT.refused;
  }
  process.stdout.write(view.json ? jsonOf(found) : `${reportText(view, found)}\n`);
  return EXIT.done;
}

async function rerun(path: string): Promise<Difference | NodeReport[]> {
  const { Rerun } = await import("../../runtime/recording/rerun.js");
  let run: Rerun | undefined;
  for await (const entry of entriesOf(path)) {
    if (!run) run = begun(() => new Rerun(entry), path);
    else {
      const difference = run.take(entry);
      if (difference) return difference;
    }
  }
  run ??= begun(() => new Rerun(undefined), path);
  return run.finish();
}

function begun(make: () => Rerun, path: string): Rerun {
  try {
    return make();
  } catch (error) {
    throw new Problem(`${path} is no recording: ${error instanceof Error ? error.message : error}`);
  }
}

function differenceText({ node, epoch, turn, what }: Difference): string {
  return `not the same: ${node}, incarnation ${epoch}, turn ${turn}: ${what}`;
}

function jsonOf(reports: readonly NodeReport[]): string {
  const lines = [...reports, { same: true, turns: turnsIn(reports), nodes: reports.length }];
  return lines.map((line) => `${jsonLine(line)}\n`).join("");
}

function reportText(view: View, reports: readonly NodeReport[]): string {
  const rows = reports.map(({ node, lives, turns, unheard, records, keys, inDoubt, data, state }) => {
    return [node, ...[lives, turns, unheard, records, keys, inDoubt.length].map(String), data, state];
  });
  const lines = [table(view, HEADER, rows)];
  const unheard = reports.reduce((sum, report) => sum + report.unheard, 0);
  if (view.terminal) {
    const turns = counted(turnsIn(reports), "turn");
    lines.push("", `${turns} of ${counted(reports.length, "node")}: every record, write and message as recorded`);
    if (unheard > 0)
      lines.push(`${unheard} crashes struck before the last turn could be told; replay went on after it`);
  }
  return lines.join("\n");
}

function turnsIn(reports: readonly NodeReport[]): number {
  return reports.reduce((sum, { turns }) => sum + turns, 0);
}
