/** Records and writes for the tests of storages, and what a log of them amounts to. */

import {
  type Concluded,
  type Decided,
  type Ended,
  isLast,
  type LogRecord,
  type Prepared,
  roleOf,
} from "../../actors/record.js";
import type { Write } from "../../actors/transaction.js";

export const VERSION = "t1";

export function put(key: string, value: Write["value"], version = VERSION): Write {
  return { key, value, version };
}

export function prepared(txn: string): Prepared {
  const writes = [put("k", '"v"', txn)];
  return {
    kind: "prepared",
    txn,
    coordinator: "c1",
    attempt: 1,
    participants: ["n1", "n2"],
    writes,
    reads: ["r"],
    position: 3,
    at: 1,
  };
}

export function concluded(txn: string): Concluded {
  return { kind: "concluded", txn, attempt: 1, outcome: "committed" };
}

export function decided(txn: string): Decided {
  return { kind: "decided", txn, attempt: 1, outcome: "committed", participants: ["n1"], fingerprint: 7, at: 1 };
}

export function ended(txn: string): Ended {
  return { kind: "ended", txn, attempt: 1, outcome: "committed", fingerprint: 7 };
}

/** What a replay amounts to: a store may keep a superseded record for a while, but only before what superseded it. */
export function living(records: Iterable<LogRecord>): Record<string, LogRecord[]> {
  const bySubject = new Map<string, LogRecord[]>();
  for (const record of records) {
    const role = roleOf(record);
    const subject = "txn" in record ? `${role}/${record.txn}` : `${role} ${record.kind}`;
    if (record.kind === "forgotten") for (const txn of record.txns) bySubject.delete(`${role}/${txn}`);
    const earlier = !("txn" in record) || isLast(record) ? [] : (bySubject.get(subject) ?? []);
    bySubject.set(subject, [...earlier, record]);
  }
  return Object.fromEntries([...bySubject].sort());
}
