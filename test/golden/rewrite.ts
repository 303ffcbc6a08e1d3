/** Plays every conversation and writes down what is heard. Commit the difference only if you understand it. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { exploreProcesses } from "../../runtime/exploration/report.js";
import { THREE_PHASE_MUTANTS } from "../runtime/three-phase-mutants.js";
import { COUNTEREXAMPLES, FOLDER } from "./folder.js";
import { play } from "./script.js";

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txt"))) {
  const file = new URL(name, FOLDER);
  const before = readFileSync(file, "utf8");
  const after = play(before);
  if (after === before) continue;
  writeFileSync(file, after);
  console.log(`rewrote ${name}`);
}

for (const { file, explored, member } of THREE_PHASE_MUTANTS) {
  const { violation } = exploreProcesses({ ...explored, roles: { member } });
  if (file && violation) writeFileSync(new URL(file, COUNTEREXAMPLES), `${violation.conversation.join("\n")}\n`);
}
