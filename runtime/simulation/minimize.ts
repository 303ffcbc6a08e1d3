/** Makes the plan of a violation smaller while it still breaks the same promise (Zeller, Hildebrandt: delta debugging). */

import { FAIR_WEATHER } from "./network.js";
import type { Plan } from "./plan.js";
import { simulate } from "./run.js";
import type { Request } from "./workload.js";

/** Runs at most. What is left after them is shown as it is. */
const RUNS_MOST = 1500;

type Item = { client: number; request: Request };

/** The smallest plan that was found. It breaks the same promise as `plan` does. */
export function minimize(plan: Plan): Plan {
  const promise = simulate(plan).violations[0]?.promise;
  let runs = 0;
  const breaks = (smaller: Plan) => {
    runs += 1;
    return runs <= RUNS_MOST && simulate(smaller).violations[0]?.promise === promise;
  };
  let smallest = plan;
  for (let size = Number.POSITIVE_INFINITY; sizeOf(smallest) < size; ) {
    size = sizeOf(smallest);
    smallest = fewerFaults(smallest, breaks);
    smallest = fewerRequests(smallest, breaks);
    smallest = calmer(smallest, breaks);
  }
  return smallest;
}

function sizeOf({ faults, clients, weather }: Plan): number {
  const requests = clients.flatMap((client) => client.requests);
  const storms = [weather.loss > 0, weather.copies > 0, weather.reorders].filter(Boolean);
  return faults.length + requests.length + storms.length;
}

function fewerFaults(plan: Plan, breaks: (plan: Plan) => boolean): Plan {
  const faults = fewest(plan.faults, (some) => breaks({ ...plan, faults: some }));
  return { ...plan, faults };
}

function fewerRequests(plan: Plan, breaks: (plan: Plan) => boolean): Plan {
  const items = plan.clients.flatMap(({ requests }, client) => requests.map((request): Item => ({ client, request })));
  const withOnly = (some: readonly Item[]): Plan => ({
    ...plan,
    clients: plan.clients.map((client, index) => ({
      ...client,
      requests: some.filter((item) => item.client === index).map(({ request }) => request),
    })),
  });
  return withOnly(fewest(items, (some) => breaks(withOnly(some))));
}

function calmer(plan: Plan, breaks: (plan: Plan) => boolean): Plan {
  const { weather } = plan;
  const calms = [
    FAIR_WEATHER,
    { ...weather, loss: 0 },
    { ...weather, copies: 0 },
    { ...weather, reorders: false },
    { ...weather, mostDelayMs: weather.leastDelayMs },
  ];
  for (const calm of calms) if (breaks({ ...plan, weather: calm })) return { ...plan, weather: calm };
  return plan;
}

/** Leaves out ever smaller parts, as long as what is left still does it. */
function fewest<T>(items: readonly T[], does: (items: T[]) => boolean): T[] {
  let left = [...items];
  for (let part = Math.ceil(left.length / 2); part >= 1; part = part > 1 ? Math.ceil(part / 2) : 0) {
    for (let start = 0; start < left.length; ) {
      const without = [...left.slice(0, start), ...left.slice(start + part)];
      if (does(without)) left = without;
      else start += part;
    }
  }
  return left;
}
