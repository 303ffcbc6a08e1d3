/** What a program can see of sharing a cluster between its threads. */

import type { MessagePort } from "node:worker_threads";

/** What `share` gives. It can be posted to one thread, with its port among what is transferred. */
export type SharedCluster = { cluster: string; port: MessagePort };

/** The part of a cluster that is about other threads. */
export interface Shareable {
  /**
   * Lets one other thread of this program read the cluster (`attach` there): what this gives is to be posted to it, with
   * its port among what is transferred. Only of an embedded cluster; throws `invalid` over a connection.
   */
  share(): SharedCluster;
}
