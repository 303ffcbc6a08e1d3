/** Small clusters with constraints, and what comes of them. */

import type { Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { OpenOptions } from "../../runtime/open-options.js";

export const COMMITTED = { outcome: "committed" } as const;

/** A cluster of two replicas that ends with its test. */
export async function opened(t: Test, options: OpenOptions): Promise<Cluster> {
  const cluster = await open({ replicas: 2, chaos: true, ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

/** The result of what a constraint forbids. */
export function violated(key: string, constraint: string, detail?: string): object {
  return { outcome: "aborted", why: { code: "constraint", key, constraint, ...(detail !== undefined && { detail }) } };
}
