/** `ayes check`: reads a history and says whether it is strictly serializable. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { checkHistory } from "../history/check.js";
import type { HistoryEvent } from "../history/history.js";
import { parseLine } from "../history/lines.js";
import { Problem } from "../language/problem.js";
import { jsonLine } from "../output/json.js";
import { verdictText } from "../output/verdict.js";
import { viewOf } from "../output/view.js";
import { EXIT } from "../session/reply.js";
import { reason } from "../session/values.js";

export type CheckFlags = { json?: boolean; quiet?: boolean };

/** Checks a file, or the standard input for `-`. Returns 0 for a good history and 1 for one with an anomaly. */
export async function check(file: string, flags: CheckFlags): Promise<number> {
  const verdict = checkHistory(await readHistory(file));
  const text = flags.json ? jsonLine(verdict) : verdictText(viewOf(process.stdout, flags, "ayes "), verdict);
  process.stdout.write(`${text}\n`);
  return verdict.valid ? EXIT.done : EXIT.refused;
}

async function readHistory(file: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  try {
    const input = file === "-" ? process.stdin : createReadStream(file);
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      events.push(parseLine(line, events.length + 1));
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Problem(`cannot read the file ${JSON.stringify(file)}: ${reason(error)}`);
  }
  return events;
}
