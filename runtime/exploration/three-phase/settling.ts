/** What those that are up come to when the network has lost everything, and then nobody fails any more. */

import { Company } from "./company.js";
import type { Processes } from "./processes.js";

/** Where the actors come to rest; who is down stays down. Undefined when they do not come to rest. */
export function settle(system: Processes, actors: readonly number[]): readonly number[] | undefined {
  const company = new Company(system, actors);
  return company.settle() ? company.actors : undefined;
}

/** The same when all that are down start first, the lowest first. */
export function heal(system: Processes, actors: readonly number[]): readonly number[] | undefined {
  const company = new Company(system, actors);
  for (const on of actors.keys()) company.restart(on);
  company.lose();
  return settle(system, company.actors);
}
