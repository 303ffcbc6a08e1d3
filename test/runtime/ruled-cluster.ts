/** Small clusters whose votes are ruled, and what comes of it. */

import type { Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { OpenOptions } from "../../runtime/open-options.js";

/** A cluster of two replicas that ends with its test. */
export async function opened(t: Test, options: OpenOptions): Promise<Cluster> {
  const cluster = await open({ replicas: 2, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

export const COMMITTED = { outcome: "committed" } as const;

/** The result of what this node objected to. */
export function vetoed(node: string, about: object = {}): object {
  return { outcome: "aborted", why: { code: "vetoed", node, ...about } };
}
