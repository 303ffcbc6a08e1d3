/** The engine behind the line protocol: scripts in the published format, one for each kind of rule, with real processes. */

import t from "tap";
import { PATIENCE_MS } from "../../cli/torture/polling.js";
import { PROCESS_FOLDER, readCases } from "./cases.js";
import { type Case, grade, type Verdict } from "./grading.js";
import { freeLanes } from "./lanes.js";

const NAMES = [
  "dead-before-its-vote-aborts",
  "a-restarted-process-catches-up",
  "commit-to-nobody",
  "total-failure-the-last-to-fail-returns-last",
  "length-framing-through-crashes-and-recovery",
];
/** After each line, as the fastest published master has it. What comes later than that on a busy machine is not wrong. */
const HURRIED_MS = 1000;
const UNHURRIED_MS = 3000;

/** Plays them with so much time after each line, and so many at once: what takes long are the pauses. */
async function play(cases: readonly Case[], pauseMs: number, lanes: number): Promise<Verdict[]> {
  const bounds = { startMs: PATIENCE_MS, patienceMs: pauseMs * 20 };
  const judged = () => undefined;
  return grade(cases, {
    scripts: PROCESS_FOLDER,
    pauseMs,
    ...bounds,
    lanes,
    firstLane: await freeLanes(lanes),
    judged,
  });
}

t.test("scripts for the published master print what they should", { timeout: 390_000 }, async (t) => {
  const cases = readCases(NAMES);
  t.equal(cases.length, NAMES.length, "none is missing");
  const hurried = await play(cases, HURRIED_MS, cases.length);
  const failed = hurried.filter(({ passed }) => !passed);
  for (const { name, why } of failed) t.comment(`${name}, in a hurry: ${why}`);
  const again = cases.filter((one) => failed.some(({ name }) => name === one.name));
  const unhurried = again.length > 0 ? await play(again, UNHURRIED_MS, 2) : [];
  for (const { name, passed, why } of [...hurried.filter(({ passed }) => passed), ...unhurried]) {
    t.ok(passed, name, { why });
  }
});
