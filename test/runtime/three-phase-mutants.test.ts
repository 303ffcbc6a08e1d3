/** The explorer finds every broken rule of three-phase commit; what the theory warns of is kept as a conversation. */

import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { exploreProcesses } from "../../runtime/exploration/report.js";
import { COUNTEREXAMPLES } from "../golden/folder.js";
import { play } from "../golden/script.js";
import { THREE_PHASE_MUTANTS } from "./three-phase-mutants.js";

for (const { name, explored, member, violates, file } of THREE_PHASE_MUTANTS) {
  t.test(`found: ${name}`, async (t) => {
    const { violation } = exploreProcesses({ ...explored, roles: { member } });
    t.match(violation?.invariant, violates);
    const text = `${violation?.conversation.join("\n")}\n`;
    t.equal(play(text, { member }), text, "the shipped loop does the same with this rule broken");
    if (file === undefined) return;
    t.equal(text, readFileSync(new URL(file, COUNTEREXAMPLES), "utf8"), "as kept (npm run golden rewrites it)");
  });
}

t.test("what is kept is what is found", async (t) => {
  const files = THREE_PHASE_MUTANTS.flatMap(({ file }) => file ?? []);
  t.same(readdirSync(COUNTEREXAMPLES).sort(), files.sort());
});

t.test("with the shipped rules none of it happens, however it is explored", async (t) => {
  for (const { explored } of THREE_PHASE_MUTANTS.slice(0, 3)) {
    t.equal(exploreProcesses({ ...explored, safety: false }).violation, null);
  }
});
