/** `npm run grade`: plays every script of this folder against `cli/compat/process`. Exit code 1 if one fails. */

import { parseArgs } from "node:util";
import { PROCESS_FOLDER, readCases } from "./cases.js";
import { grade, type Verdict } from "./grading.js";

const HELP = `npm run grade -- [options] [NAME...]

  --pause MS       after each line (default: 1000, as the most hurried master in use)
  --start MS       how long a process may take until it listens (default: 1000)
  --lanes N        scripts at once (default: 3)
  --scripts DIR    where process and stopall are (default: cli/compat)
  --patience MS    how long an answer may take (default: 15000)
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pause: { type: "string", default: "1000" },
      start: { type: "string", default: "1000" },
      lanes: { type: "string", default: "3" },
      patience: { type: "string", default: "15000" },
      scripts: { type: "string", default: PROCESS_FOLDER },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const chosen = readCases(positionals);
  const verdicts = await grade(chosen, {
    scripts: values.scripts,
    pauseMs: Number(values.pause),
    startMs: Number(values.start),
    patienceMs: Number(values.patience),
    lanes: Number(values.lanes),
    judged: reporter(chosen.length),
  });
  const failed = verdicts.filter(({ passed }) => !passed).length;
  process.stdout.write(`${verdicts.length - failed} of ${verdicts.length} scripts passed\n`);
  return failed === 0 ? 0 : 1;
}

/** A line for each script, and how many are left where somebody watches. */
function reporter(count: number): (verdict: Verdict) => void {
  let done = 0;
  const watched = process.stderr.isTTY;
  if (watched) process.stderr.write(`0/${count}`);
  return ({ name, passed, seconds, why }) => {
    done += 1;
    if (watched) process.stderr.write("\r\u001b[K");
    process.stdout.write(
      `${passed ? "pass" : "FAIL"}  ${name}  ${seconds.toFixed(1)} s${passed ? "" : `\n      ${why}`}\n`,
    );
    if (watched && done < count) process.stderr.write(`${done}/${count}`);
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
