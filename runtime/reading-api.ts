/** What a program can read of a cluster: keys, ranges, and several of them at one moment. */

import type { Consistency } from "../actors/message.js";
import type { Check, Key, Range, Value } from "./api.js";

export type ReadOptions = {
  /** `linearizable` (default) waits for undecided writes; `committed` answers at once with the last committed value. */
  read?: Consistency;
  /** The replica to ask. Default: one at random. */
  replica?: string;
  /** How long to wait, in milliseconds (default 5000). */
  deadlineMs?: number;
};

/** Who answered, how, and whether it had to wait for an undecided write. */
export type Reading = {
  replica: string;
  read: Consistency;
  waited: boolean;
  /** Whoever watches from here misses nothing that came after this read. Absent of what a function wrote itself. */
  position?: string;
};

/** An answer to `get`. `value` and `version` are undefined when the key does not exist. */
export type ReadResult = Reading & { key: Key; value: Value | undefined; version: string | undefined };

/** Which keys to scan, in order: those with a prefix, or those from `start` on and before `end`. */
export type ScanQuery = {
  prefix?: Key | undefined;
  start?: Key | undefined;
  end?: Key | undefined;
  /** How many at most, 1 to 10,000 (default 100). A page also ends when it has some megabytes. */
  limit?: number | undefined;
  /** From the last one down. */
  reverse?: boolean | undefined;
};

/** A key that exists. The version is the id of the transaction that wrote it. */
export type Entry = { key: Key; value: Value; version: string };

/** A part of a range at one moment. */
export type ScanPage = Reading & {
  entries: Entry[];
  /** What these entries are all of, and its version, for the check `rangeUnchanged`. */
  range: Range;
  version: string;
  /** How to ask for the next page. Absent when there is no more. */
  next?: ScanQuery;
};

/** What to read at one moment: at most 1,000 keys and 100 ranges. */
export type SnapshotQuery = {
  keys?: readonly Key[];
  scans?: readonly ScanQuery[];
  /** What was read before and has to be true at the same moment, or the call rejects with `check-failed`. */
  held?: readonly Check[];
};

/** Keys and pages in the order in which they were asked for. */
export type Snapshot = Reading & { entries: ReadResult[]; pages: ScanPage[] };
