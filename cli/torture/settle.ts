/** Waits until a cluster has nothing under way any more. */

import type { Cluster } from "../../runtime/api.js";
import { PATIENCE_MS, until } from "./polling.js";

/** Undefined once every node serves and no transaction or lock is left; otherwise what is. */
export async function settle(cluster: Cluster, withinMs = PATIENCE_MS): Promise<string | undefined> {
  let left = "";
  try {
    await until(
      "settled",
      async () => {
        const { nodes, inDoubt } = await cluster.status();
        const locks = await cluster.locks();
        const away = nodes
          .filter(({ state, details }) => state !== "up" || !details)
          .map(({ id, state }) => `${id} ${state}`);
        left = JSON.stringify({ away, inDoubt: inDoubt.slice(0, 3), locks: locks.slice(0, 3) });
        return away.length + inDoubt.length + locks.length === 0;
      },
      withinMs,
    );
    return undefined;
  } catch {
    return `not settled within ${withinMs} ms: ${left}`;
  }
}
