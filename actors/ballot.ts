/** How a participant makes up its mind: locks, preconditions, what keys would become, constraints, room, its validator. */

import { flawIn } from "./check.js";
import { boundRange, constraintAt } from "./constraint.js";
import { expired, expiryOf, rowsOf } from "./expiry.js";
import { lacksContent, marksFor, pathIn } from "./file.js";
import { folderKeys, obstacleTo } from "./file-tree.js";
import type { Conflict } from "./locks.js";
import { VIEW_KEY } from "./membership/view.js";
import type { Prepare } from "./message.js";
import { concernsOwn, isOwnKey } from "./own-key.js";
import type { Env } from "./protocol.js";
import type { Prepared } from "./record.js";
import {
  type ClientOperation,
  type Footprint,
  footprint,
  type Key,
  type KeyRange,
  type Operation,
  type TxnId,
  type Why,
  type Write,
} from "./transaction.js";
import { objectionTo } from "./validator.js";
import { addTo } from "./value.js";

/** Yes with the writes to promise, or no with the reason. */
export type Ballot = { writes: Write[]; footprint: Footprint } | { why: Why };

/** What a record costs beside its values. */
const OVERHEAD_BYTES = 1024;
/** A value is written twice, in the log and in the data, on pages that are copied. */
const COPIES = 4;

/** Judges a transaction against committed data and held locks. Takes nothing. */
export function castBallot(prepare: Prepare, env: Env): Ballot {
  const keys = footprintOf(prepare);
  const conflict = env.conflict(keys);
  if (conflict) return no(env, conflicting(conflict));
  if (prepare.view !== undefined && env.view !== prepare.view) {
    return no(env, { code: "unavailable", detail: "the members of the cluster have just changed" });
  }
  const flaw = flawIn(prepare.checks, env);
  if (flaw) return no(env, { code: "check-failed", ...flaw });
  const effects = effectsOf(prepare, env);
  if ("code" in effects) return no(env, effects);
  const { wanted, followed } = effects;
  const unfit = unfitFile(wanted, env);
  if (unfit) return no(env, unfit);
  // What follows from a time to live was agreed to when it was put.
  const violation = env.constraints.objectionTo(wanted, env);
  if (violation) return no(env, violation);
  const writes = [...wanted, ...followed];
  if (writes.length > 0 && cost(writes) > env.room()) {
    return no(env, { code: "disk-full", detail: "the disk of this node is too full to promise anything" });
  }
  const objection = objectionTo(wanted, env.ruling, env);
  if (objection) return no(env, { code: "vetoed", ...objection });
  return { writes, footprint: keys };
}

/** What is asked for becomes `wanted`; what the cluster writes beside it is `followed`. */
function effectsOf({ txn, operations }: Prepare, env: Env): { wanted: Write[]; followed: Write[] } | Why {
  const wanted: Write[] = [];
  const followed: Write[] = [];
  for (const operation of operations) {
    if (operation.op === "expire") {
      followed.push(...expired(operation, txn, env));
      continue;
    }
    const result = resolve(operation, txn, env);
    if ("code" in result) return { ...result, key: operation.op === "copy" ? operation.source : operation.key };
    wanted.push(result);
    followed.push(...expiryOf(operation, txn), ...marksFor(result, txn, env));
  }
  return { wanted, followed };
}

/** What is locked for reading, for the record of a promise: also what an expiry might have written, and leaves. */
export function readLocksOf({ writes, footprint }: Exclude<Ballot, { why: Why }>): Pick<Prepared, "reads" | "ranges"> {
  const { ranges } = footprint;
  const left = writes.length < footprint.writes.length ? leftBy(writes, footprint.writes) : [];
  const reads = left.length === 0 ? footprint.reads : [...footprint.reads, ...left];
  return ranges.length === 0 ? { reads } : { reads, ranges };
}

function leftBy(writes: readonly Write[], locked: readonly Key[]): Key[] {
  const written = new Set(writes.map(({ key }) => key));
  return locked.filter((key) => !written.has(key));
}

/**
 * Who the members are must not change while a transaction relies on them; and while a constraint changes, nobody writes what
 * it binds.
 */
function footprintOf({ operations, checks, view }: Prepare): Footprint {
  const keys = footprint(operations, checks, rowsOf, readBy);
  const { writes, reads, ranges } = concernsOwn(operations)
    ? { ...keys, ranges: [...keys.ranges, ...boundBy(operations)] }
    : keys;
  return { writes, reads: view === undefined ? reads : [...reads, VIEW_KEY], ranges };
}

/** What an operation relies on beside its key. */
function readBy(operation: Operation): Key[] {
  const folders = operation.op === "del" ? [] : folderKeys(operation.key);
  return operation.op === "copy" ? [operation.source, ...folders] : folders;
}

function boundBy(operations: readonly Operation[]): KeyRange[] {
  const prefixes = operations.flatMap(({ key }) => constraintAt(key)?.prefix ?? []);
  return [...new Set(prefixes)].map(boundRange);
}

/** An upper estimate, in bytes, of what the disk needs to keep a promise of these writes. */
export function cost(writes: readonly Write[]): number {
  return writes.reduce((sum, { value }) => sum + OVERHEAD_BYTES + COPIES * (value?.length ?? 0), OVERHEAD_BYTES);
}

function conflicting({ key, winner }: Conflict): Why {
  return { code: "conflict", key, winner };
}

function no(env: Env, { key, ...why }: Why): Ballot {
  return { why: { ...why, ...(key !== undefined && subject(key)), node: env.self } };
}

/** Users know files by their paths, and nothing of the cluster's other keys. */
function subject(key: Key): Pick<Why, "key" | "file"> {
  const file = pathIn(key);
  if (file !== undefined) return { file };
  return isOwnKey(key) ? {} : { key };
}

/** FILE1, FILE4. */
function unfitFile(writes: readonly Write[], env: Env): Why | undefined {
  const lacking = writes.find((write) => lacksContent(write, env));
  if (lacking) return { code: "no-content", key: lacking.key };
  const file = obstacleTo(writes, env);
  return file === undefined ? undefined : { code: "path-taken", file };
}

function resolve(operation: ClientOperation, version: TxnId, env: Env): Write | Pick<Why, "code" | "detail"> {
  const { key } = operation;
  if (operation.op === "put") return { key, value: operation.value, version };
  if (operation.op === "del") return { key, value: undefined, version };
  if (operation.op === "copy") {
    const source = env.read(operation.source);
    return source ? { key, value: source.value, version } : { code: "not-found" };
  }
  const value = addTo(env.read(key)?.value, operation.delta);
  return typeof value === "string" ? { key, value, version } : value;
}
