/** What can be seen of a cluster that does not run: how it ended, and how it was at each step before. */

import type { ProtocolName } from "../../actors/transaction.js";
import type { Value } from "../api.js";
import type { Key } from "../composite.js";
import type { Membership } from "../config.js";
import type { Trace, TraceQuery, TraceSummary } from "../tracing-api.js";

/** A node as its log leaves it, or as it was at a step. */
export type PastNode = {
  id: string;
  role: "coordinator" | "replica" | "coordinator+replica";
  /** `whole`, `damaged` (what is right is used), or `unreadable`; in a recording `up`, `down` or `unknown`. */
  state: string;
  /** What is wrong, each in a sentence. */
  problems: string[];
  epoch?: number;
  keys?: number;
  records?: number;
  /** Locked keys. */
  locks?: number;
  /** The last change that it has. */
  position?: number;
  /** How many of the changes that others have it lacks. */
  lacks?: number;
  /** Of a recording: how many turns it has taken in this life. */
  turn?: number;
};

/** A transaction of which the end is not in every log. */
export type PastDoubt = {
  txn: string;
  keys: Key[];
  /** When its promise or decision was written, in milliseconds since 1970. */
  at: number;
  /** What each node's log proves, in a few words. */
  logs: Record<string, string>;
  waitingFor: string[];
};

export type PastLock = { node: string; txn: string; writes: Key[]; reads: Key[] };

export type Past = {
  /** Of the durable logs of a cluster: a step is a commit. Of a recording: a step is a turn of a node. */
  source: "logs" | "recording";
  place: string;
  cluster: string;
  protocol: ProtocolName;
  membership: Membership;
  /** Steps are numbered from 0, before the first one that is known, to this. */
  steps: number;
  /** The positions of the first and the last change that is known; 0 if there is none. */
  first: number;
  last: number;
  /** Whether nothing before the first step is missing. */
  complete: boolean;
  /** How it ended. */
  nodes: PastNode[];
  inDoubt: PastDoubt[];
  locks: PastLock[];
};

/** What a key held at a step. */
export type PastValue = { key: Key } & (
  | { state: "present"; value: Value; version: string }
  /** It is not there, or was deleted. */
  | { state: "absent" }
  /** It was written before the first change that is still known, and again after this step. */
  | { state: "unknown" }
);

export type PastMoment = {
  step: number;
  /** What happened at it; nothing at step 0. */
  event?: { text: string; txn?: string; position?: number; node?: string; at?: number };
  nodes: PastNode[];
  /** Only where they are known: at the end of logs, and everywhere in a recording. */
  locks?: PastLock[];
  inDoubt?: PastDoubt[];
  values: PastValue[];
  /** Where to go on, if there are more keys. */
  next?: Key;
};

/** Which values are wanted. */
export type PastQuery = { step: number; replica?: string; prefix?: Key; from?: Key; limit?: number };

export interface History {
  readonly past: Past;
  /** The step after the change at this position, and all before. Rejects what is none. */
  stepAt(position: number): number;
  at(query: PastQuery): PastMoment;
  /** Newest first. */
  transactions(query?: TraceQuery): TraceSummary[];
  /** Throws `not-found`. */
  trace(txn: string): Trace;
}
