/** What a program can see of changes: what was committed, in order, and where that stands. */

import type { Key, Value } from "./api.js";

/**
 * A position is a text that stands for a place in the order of all commits of one cluster. It comes with results, reads
 * and events, is the same at all replicas, and stays good over restarts.
 */
export type WatchOptions = {
  /** Only keys that start with this text, or with these parts. */
  prefix?: Key | undefined;
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
  changes: { key: Key; value: Value | undefined }[];
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

/** The part of a cluster that is about changes. */
export interface Watching {
  /**
   * Committed changes in the order in which they were committed, each transaction one event: none is missing, none comes
   * twice. It goes on over crashes, lost connections and restarts; with the position of the last event another program can
   * go on too. Iterating rejects with `watch-too-old` when what comes next is not kept any more, because the position is
   * too old or the consumer too slow; with `invalid` for the position of another cluster.
   */
  watch(options?: WatchOptions): Watch;
  /** One page of what `watch` tells, as soon as there is something. Without `since`: where the cluster stands now. */
  changes(query?: ChangesQuery): Promise<ChangesPage>;
}
