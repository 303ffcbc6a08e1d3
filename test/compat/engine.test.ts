/** The engine behind the line protocol: scripts in the published format, one for each kind of rule, with real processes. */

import t from "tap";
import { PROCESS_FOLDER, readCases } from "./cases.js";
import { grade } from "./grading.js";
import { freeLanes } from "./lanes.js";

const NAMES = [
  "one-no-of-a-participant-aborts",
  "dead-before-its-vote-aborts",
  "dead-after-its-ack-commits",
  "a-restarted-process-catches-up",
  "vote-request-to-the-next-leader",
  "precommit-to-nobody",
  "precommit-to-the-other",
  "commit-to-nobody",
  "the-only-one-that-precommitted-dies",
  "total-failure-the-last-to-fail-returns-last",
  "total-failure-everybody-had-precommitted",
  "length-framing-through-crashes-and-recovery",
];
const LANES = 6;

t.test("scripts for the published master print what they should", { timeout: 110_000 }, async (t) => {
  const cases = readCases(NAMES);
  t.equal(cases.length, NAMES.length, "none is missing");
  await grade(cases, {
    scripts: PROCESS_FOLDER,
    pauseMs: 1000,
    startMs: 20_000,
    patienceMs: 20_000,
    lanes: LANES,
    firstLane: await freeLanes(LANES),
    judged: ({ name, passed, why }) => t.ok(passed, name, { why }),
  });
});
