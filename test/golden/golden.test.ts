/** Every conversation in this folder goes as written: one file for each rule of the theory. */

import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { FOLDER } from "./folder.js";
import { play } from "./script.js";

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txt"))) {
  t.test(name, async (t) => {
    const expected = readFileSync(new URL(name, FOLDER), "utf8");
    t.equal(play(expected), expected, "the conversation goes as written (npm run golden rewrites it)");
  });
}
