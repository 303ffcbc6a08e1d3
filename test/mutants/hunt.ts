/** Runs seeds until one breaks a promise. Started in a copy of the compiled code, which may be a mutant. */

import { parseArgs } from "node:util";
import { type Mix, planOf } from "../../runtime/simulation/plan.js";
import { simulate } from "../../runtime/simulation/run.js";

/** What a hunt ends with, as one line of JSON. */
export type Hunt = { found: boolean; seeds: number; by: string };

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1000" }, protocol: { type: "string", default: "2pc" } },
});
process.stdout.write(`${JSON.stringify(hunt(Number(values.seeds), values.protocol as Mix))}\n`);

function hunt(most: number, protocol: Mix): Hunt {
  for (let seed = 1; seed <= most; seed += 1) {
    const [violation] = simulate(planOf(seed, protocol)).violations;
    if (violation) return { found: true, seeds: seed, by: `${violation.promise}: ${violation.says}` };
  }
  return { found: false, seeds: most, by: "" };
}
