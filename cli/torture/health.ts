/** Whether a cluster serves as it should: every node up, nothing in doubt for long, and a transaction commits. */

import type { Cluster, NodeStatus } from "../../runtime/api.js";
import { asAyesError, ERRORS } from "../../runtime/errors.js";
import { until } from "./polling.js";

const IN_DOUBT_MS = 3000;
const CANARY_MS = 1000;
const CANARY = "canary";

/**
 * Waits until the cluster is healthy. Undefined then; otherwise what was still wrong after `withinMs`.
 * Nodes that wait for somebody to restart them are restarted: all others must come back by themselves.
 */
export async function healthy(cluster: Cluster, withinMs: number): Promise<string | undefined> {
  let wrong: string | undefined = "no answer";
  const look = async () => {
    wrong = await illness(cluster).catch((error: unknown) => asAyesError(error).message);
    return wrong === undefined;
  };
  await until("healthy", look, withinMs).catch(() => undefined);
  return wrong && `not healthy after ${withinMs / 1000} s: ${wrong}`;
}

async function illness(cluster: Cluster): Promise<string | undefined> {
  const { nodes, inDoubt } = await cluster.status();
  await Promise.all(nodes.map((node) => revive(cluster, node)));
  const away = nodes.find(({ state }) => state !== "up");
  if (away) return `${away.id} is ${away.state}${away.reason ? `: ${away.reason}` : ""}`;
  const [oldest] = inDoubt;
  if (oldest && oldest.ageMs > IN_DOUBT_MS) {
    return `${oldest.txn} is in doubt since ${oldest.ageMs} ms and waits for ${oldest.waitingFor.join(", ")}`;
  }
  const result = await cluster.put(CANARY, Date.now(), { deadlineMs: CANARY_MS });
  return result.outcome === "committed" ? undefined : `a put is ${result.outcome}: ${JSON.stringify(result.why)}`;
}

/** A store that is refused stays so: that shows in the node's reason until the time is over. */
async function revive(cluster: Cluster, { id, state }: NodeStatus): Promise<void> {
  if (state !== "held" && state !== "gave-up") return;
  await cluster.restart(id).catch((error: unknown) => {
    const { code } = asAyesError(error);
    if (ERRORS[code].class === "broken") throw error;
  });
}
