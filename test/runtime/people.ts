/** People who vote, in tests: proposals that have time, and those that wait. */

import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import type { Ballot } from "../../runtime/ballot-api.js";
import type { AyesError } from "../../runtime/errors.js";

export const PERSON = { rule: "person" } as const;
export const LONG = { deadlineMs: 300_000 };

export async function withPeople(cluster: Cluster, ...nodes: string[]): Promise<void> {
  for (const node of nodes) await cluster.validate(node, PERSON);
}

/** Resolves once so many wait. */
export async function waiting(cluster: Cluster, count: number): Promise<Ballot[]> {
  await until(`${count} ballots wait`, async () => (await cluster.ballots()).length === count);
  return cluster.ballots();
}

export async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: AyesError) => thrown,
  );
  return error ? `${error.code}: ${error.message}` : "it resolved";
}
