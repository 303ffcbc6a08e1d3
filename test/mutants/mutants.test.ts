/** A slice of the mutants: those that are found within seconds. `npm run mutants` does them all. */

import t from "tap";
import { ALL } from "./all.js";
import { checkFit, examine } from "./lab.js";

const SEEDS = 100;
const QUICK = [
  "no force on commit",
  "no force on prepared",
  "lock freed too early",
  "stale read during in-doubt",
  "same id executed twice",
  "undecided answered as aborted",
  "commit with a vote missing",
  "checksum ignored",
  "3pc: who is back decides",
  "3pc: a copy of the call for a round begins it",
  "constraint skipped at one replica",
  "a range that was read is not locked",
  "expiry by the local clock alone: a participant says when",
  "an expiry removes what was written again",
  "files: metadata before content",
  "files: what is promised is collected",
];

t.test("at least twenty bugs are planted", async (t) => {
  t.ok(ALL.length >= 20, `${ALL.length}`);
  t.equal(new Set(ALL.map(({ name }) => name)).size, ALL.length, "each has a name of its own");
});

t.test("every patch fits the code as it is now", async (t) => {
  for (const mutant of ALL) t.doesNotThrow(() => checkFit(mutant), mutant.name);
});

for (const name of QUICK) {
  t.test(`found: ${name}`, async (t) => {
    const mutant = ALL.find((candidate) => candidate.name === name);
    if (!mutant) throw new Error(`there is no mutant ${name}`);
    const { found, by } = await examine(mutant, SEEDS);
    t.ok(found, by);
  });
}

t.test("a patch that no longer fits is an error, not a mutant that survived", async (t) => {
  const patches = [{ file: "runtime/loop.js", find: "this is not there", put: "" }];
  await t.rejects(examine({ name: "stale", patches }, 1), { message: /0 times/ });
});
