/** Plays every conversation and writes down what is heard. Commit the difference only if you understand it. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { FOLDER } from "./folder.js";
import { play } from "./script.js";

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txt"))) {
  const file = new URL(name, FOLDER);
  const before = readFileSync(file, "utf8");
  const after = play(before);
  if (after === before) continue;
  writeFileSync(file, after);
  console.log(`rewrote ${name}`);
}
