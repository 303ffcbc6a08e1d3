/** What a program is told about the health of a cluster, and how it has it repaired. */

import type { Key } from "./composite.js";

export type Task = {
  what: string;
  done: number;
  of: number;
  /** What is counted, if it is not rows. */
  unit?: "bytes";
};

export type RepairOptions = {
  /** Also when it is up and all of it is right: replicas that differ do not say which of them is wrong. */
  force?: boolean;
};

/** What became of `repair`. */
export type Repaired = {
  node: string;
  /** The replica that its store was copied from. Absent when only contents of files were wrong, which were mended. */
  source?: string;
  keys: number;
  logRecords: number;
  /** Contents of files that were copied. */
  contents: number;
  /** Files whose bytes no replica has whole, at most 20. */
  lost?: string[];
  /** Where its old folder is kept. Absent when there was none. */
  kept?: string;
};

/** What `verify` found. */
export type Verification = {
  /** Whether every row of every node is right, all replicas hold the same, and they have all that files consist of. */
  whole: boolean;
  nodes: NodeVerdict[];
  /** Keys that replicas disagree about, at most 10. */
  differences: { key: Key; nodes: string[] }[];
};

export type NodeVerdict = {
  node: string;
  role: "coordinator" | "replica";
  whole: boolean;
  keys?: number;
  logRecords?: number;
  /** Of all keys, versions and values. */
  digest?: string;
  /** Keys with a transaction that is undecided here; what they hold is not compared. */
  inDoubt?: number;
  /** Of a replica: contents of files that were looked at. */
  contents?: number;
  /** What stands among the contents and no file needs, at most 20. It does no harm. */
  orphans?: string[];
  /** What is wrong, at most 20. */
  damages: { code: string; message: string }[];
  /** What to do about it. */
  next?: string;
};
