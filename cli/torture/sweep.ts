/** Removes the keys of an earlier round, so that a run of any length keeps its data small. */

import type { Cluster, Operation } from "../../runtime/api.js";

const LISTED = 10_000;
const AT_ONCE = 500;

/** Deletes every key that starts with `prefix`. Throws if that does not succeed on a healthy cluster. */
export async function sweep(cluster: Cluster, prefix: string): Promise<void> {
  for (;;) {
    const keys = await cluster.keys(prefix, LISTED);
    if (keys.length === 0) return;
    for (let start = 0; start < keys.length; start += AT_ONCE) {
      const operations = keys.slice(start, start + AT_ONCE).map((key): Operation => ({ op: "del", key }));
      await commit(cluster, operations);
    }
  }
}

/** Runs a transaction that nothing stands against. */
export async function commit(cluster: Cluster, operations: readonly Operation[]): Promise<void> {
  const result = await cluster.transact(operations, { deadlineMs: 10_000 });
  if (result.outcome !== "committed") throw new Error(`a transaction is ${result.outcome}: ${JSON.stringify(result)}`);
}
