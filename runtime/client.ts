/** The package's entry: `open` embeds a cluster in this program, `connect` talks to a running one. */

import type { Cluster } from "./api.js";
import { connectLink } from "./gateway/link.js";
import { openCluster } from "./open-cluster.js";
import type { OpenOptions } from "./open-options.js";

// The one place that names what the package shows.
export type * from "./api.js";
export type * from "./ballot-api.js";
export type * from "./constraint-api.js";
// biome-ignore lint/performance/noBarrelFile: the package has one entry
export { type AttachedCluster, attach } from "./direct/attached.js";
export type * from "./direct/sharing-api.js";
export type * from "./disturbing-api.js";
export type * from "./doubt-api.js";
export { AyesError, type ErrorClass, type ErrorCode, type Why } from "./errors.js";
export type { CrashPlan, CrashPoint } from "./faults.js";
export type * from "./files-api.js";
export type * from "./folders-api.js";
export type * from "./function-api.js";
export type * from "./healing-api.js";
export type { OpenOptions } from "./open-options.js";
export type * from "./reading-api.js";
export type * from "./stepping-api.js";
export type * from "./watching-api.js";

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

/**
 * Connects to a running cluster (`ayes up` prints its URL) over one connection that serves any number of calls.
 *
 * Rejects with an `AyesError`: `no-cluster` when nothing answers there, `other-version` when its version is not ours.
 * A lost connection is made again by itself; what was under way then is `unknown`, with the id to ask for.
 * `close` ends the connection and leaves the cluster alone.
 */
export function connect(url: string): Promise<Cluster> {
  return connectLink(url);
}
