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
  /** Also when it is up and every row of it is right: replicas that differ do not say which of them is wrong. */
  force?: boolean;
};

/** What became of `repair`. */
export type Repaired = {
  node: string;
  /** The replica that it was copied from. */
  source: string;
  keys: number;
  logRecords: number;
  /** Where its old folder is kept. Absent when there was none. */
  kept?: string;
};

/** What `verify` found. */
export type Verification = {
  /** Whether every row of every node is right and all replicas hold the same. */
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
  /** What is wrong, at most 20. */
  damages: { code: string; message: string }[];
  /** What to do about it. */
  next?: string;
};
