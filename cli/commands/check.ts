/** `ayes check`: reads a history and says whether it is strictly serializable. */

import { checkHistory } from "../history/check.js";
import { readHistory } from "../history/read.js";
import { jsonLine } from "../output/json.js";
import { verdictText } from "../output/verdict.js";
import { viewOf } from "../output/view.js";
import { EXIT } from "../session/reply.js";

export type CheckFlags = { json?: boolean; quiet?: boolean };

/** Checks a file, or the standard input for `-`. Returns 0 for a good history and 1 for one with an anomaly. */
export async function check(file: string, flags: CheckFlags): Promise<number> {
  const verdict = checkHistory(await readHistory(file));
  const text = flags.json ? jsonLine(verdict) : verdictText(viewOf(process.stdout, flags, "ayes "), verdict);
  process.stdout.write(`${text}\n`);
  return verdict.valid ? EXIT.done : EXIT.refused;
}
