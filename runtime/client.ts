/** The package's entry: `open` embeds a cluster in this program, `connect` talks to a running one. */

import type { Cluster } from "./api.js";
import { type OpenOptions, openCluster } from "./cluster.js";

/**
 * Opens the cluster in a data folder, making it when there is none, and resolves when every node serves.
 *
 * Rejects with an `AyesError`: `in-use` when another program has the folder, `not-writable`, `wrong-cluster` when
 * the folder holds a cluster of another shape, and the storage codes (`empty-store`, `stale-store`, ...) when a node's
 * store is not what it was. Close the cluster when you are done with it.
 */
export function open(options: OpenOptions = {}): Promise<Cluster> {
  return openCluster(options);
}
