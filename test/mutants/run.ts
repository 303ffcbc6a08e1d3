/** `npm run mutants`: every planted bug, what found it, and after how many seeds. A bug that survives is a failure. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ALL } from "./all.js";
import { examine } from "./lab.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3000" },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const left = [...ALL].filter(({ name }) => values.only === undefined || name.includes(values.only));
const names = left.map(({ name }) => name);
let survivors = 0;

async function work(): Promise<void> {
  for (let mutant = left.shift(); mutant; mutant = left.shift()) {
    const { found, seeds, by } = await examine(mutant, Number(values.seeds));
    if (!found) survivors += 1;
    if (values.json) console.log(JSON.stringify({ mutant: mutant.name, found, seeds, by }));
    else if (found) console.log(`found     ${mutant.name} | ${seeds > 0 ? `seed ${seeds} | ` : ""}${by}`);
    else console.log(`SURVIVED  ${mutant.name} | ${seeds} seeds`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(
  values.json ? JSON.stringify({ mutants: names.length, survivors }) : `${names.length} mutants, ${survivors} survived`,
);
process.exitCode = survivors > 0 ? 1 : 0;
