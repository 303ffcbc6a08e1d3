/** A history out of a file. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Problem } from "../language/problem.js";
import { reason } from "../session/values.js";
import type { HistoryEvent } from "./history.js";
import { parseLine } from "./lines.js";

/** All events of a file, or of the standard input for `-`. Throws a `Problem` that names the line that is none. */
export async function readHistory(file: string): Promise<HistoryEvent[]> {
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
