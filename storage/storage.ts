/** What a node needs from its storage: read committed data, replay the log, commit a batch durably. */

import type { LogRecord } from "../actors/record.js";
import type { ChangeQuery, ChangesFound, Effect, Entry, Key, KeyRange, Reach, Stored } from "../actors/transaction.js";

/** Everything that one turn makes durable. It takes effect as a whole or not at all. */
export type Batch = {
  records: readonly LogRecord[];
  writes: readonly Effect[];
  /** How far the node has come; as before, unless given. */
  reach?: Reach;
};

export interface Storage {
  /** The incarnation that this opening began. It is durable, and higher than every earlier one. */
  readonly epoch: number;
  /** How far the node had come when something was committed last. */
  readonly reach: Reach;
  /** The committed value. Throws `Broken` (`corrupt-data`) rather than return a damaged one. */
  get(key: Key): Stored | undefined;
  /** Keys that start with `prefix`, in order, at most `limit`. */
  keys(prefix: string, limit: number): Key[];
  /** What was committed with a position, in the order of positions, for as long as it is retained. */
  changes(query: ChangeQuery): ChangesFound;
  /** Committed values of the keys in this range, in order, at most `limit`; in reverse the last ones, last one first. */
  scan(range: KeyRange, limit: number, reverse?: boolean): Entry[];
  /** The log, oldest record first, without what later records superseded. Throws `Broken` (`corrupt-log`). */
  replay(): Iterable<LogRecord>;
  /**
   * Appends the records, drops what they supersede, and changes the data. On disk when it returns.
   * Throws `Broken`: `storage-failed` when the disk refused (nothing of the batch is visible), `fenced` when
   * another incarnation has opened this store.
   */
  commit(batch: Batch): void;
  /** Bytes that may still be promised, beyond a reserve for keeping promises. */
  room(): number;
  /** For people: what the store holds. */
  stats(): StorageStats;
  close(): void;
}

/** `keys` are those of users; the cluster's own are not counted. */
export type StorageStats = { keys: number; logRecords: number; bytes: number };
