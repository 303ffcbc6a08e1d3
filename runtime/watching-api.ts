/** What a program can see of changes: what was committed, in order, and where that stands. */

import type { Value } from "./api.js";

/**
 * A position is a text that stands for a place in the order of all commits of one cluster. It comes with results, reads
 * and events, is the same at all replicas, and stays good over restarts.
 */
export type WatchOptions = {
  /** Only keys that start with this. */
  prefix?: string | undefined;
  /** What was committed behind this position; `begin`: everything that is kept. Absent: from now on. */
  since?: string | undefined;
  /** The replica to ask. Default: any; another one when it goes down. */
  replica?: string | undefined;
};

/** What one transaction changed. */
export type WatchEvent = {
  /** Where it stands: to watch from here is to go on after it. */
  position: string;
  txn: string;
  /** `undefined`: deleted. */
  changes: { key: string; value: Value | undefined }[];
};

/** Events as they come. It ends by `return` (or `break`), and when the cluster is closed. */
export interface Watch extends AsyncIterableIterator<WatchEvent> {
  /** Resolves with the position behind which it watches: whatever begins from then on will be seen. */
  readonly started: Promise<string>;
  return(): Promise<IteratorResult<WatchEvent>>;
}

export type ChangesQuery = WatchOptions & {
  /** How many transactions, about: 1 to 1,000 (default 256). */
  limit?: number | undefined;
  /** How long to wait for something, in milliseconds (default 5000). */
  deadlineMs?: number | undefined;
};

/** All events up to a position, which is where the next page begins. */
export type ChangesPage = { events: WatchEvent[]; position: string };
