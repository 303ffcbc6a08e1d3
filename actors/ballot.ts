/** How a participant makes up its mind: locks, preconditions, what keys would become, constraints, room, its validator. */

import { VIEW_KEY } from "./membership/view.js";
import type { Prepare } from "./message.js";
import type { Env } from "./protocol.js";
import {
  type Check,
  type Footprint,
  footprint,
  type Operation,
  type Stored,
  type TxnId,
  type Why,
  type Write,
} from "./transaction.js";
import { objectionTo } from "./validator.js";
import { addTo, sameValue } from "./value.js";

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
  if (conflict) return no(env, { code: "conflict", ...conflict });
  if (prepare.view !== undefined && env.view !== prepare.view) {
    return no(env, { code: "unavailable", detail: "the members of the cluster have just changed" });
  }
  const failed = prepare.checks.find((check) => !holds(check, env.read(check.key)));
  if (failed) return no(env, { code: "check-failed", key: failed.key, detail: describe(failed) });
  const writes: Write[] = [];
  for (const operation of prepare.operations) {
    const result = resolve(operation, prepare.txn, env);
    if ("code" in result) return no(env, { ...result, key: operation.key });
    writes.push(result);
  }
  const violation = env.constraints.objectionTo(writes, env);
  if (violation) return no(env, violation);
  if (writes.length > 0 && cost(writes) > env.room()) {
    return no(env, { code: "disk-full", detail: "the disk of this node is too full to promise anything" });
  }
  const objection = objectionTo(writes, env.ruling, env);
  if (objection) return no(env, { code: "vetoed", ...objection });
  return { writes, footprint: keys };
}

/** Who the members are must not change while a transaction relies on them. */
function footprintOf({ operations, checks, view }: Prepare): Footprint {
  const keys = footprint(operations, checks);
  return view === undefined ? keys : { ...keys, reads: [...keys.reads, VIEW_KEY] };
}

/** An upper estimate, in bytes, of what the disk needs to keep a promise of these writes. */
export function cost(writes: readonly Write[]): number {
  return writes.reduce((sum, { value }) => sum + OVERHEAD_BYTES + COPIES * (value?.length ?? 0), OVERHEAD_BYTES);
}

function no(env: Env, why: Why): Ballot {
  return { why: { ...why, node: env.self } };
}

function holds(check: Check, stored: Stored | undefined): boolean {
  switch (check.is) {
    case "exists":
      return stored !== undefined;
    case "absent":
      return stored === undefined;
    case "equals":
      return stored !== undefined && sameValue(stored.value, check.value);
    case "version":
      return stored?.version === check.version;
  }
}

function describe(check: Check): string {
  switch (check.is) {
    case "exists":
      return "the key does not exist";
    case "absent":
      return "the key exists";
    case "equals":
      return "the key has another value";
    case "version":
      return "the key has another version";
  }
}

function resolve(operation: Operation, version: TxnId, env: Env): Write | Pick<Why, "code" | "detail"> {
  const { key } = operation;
  if (operation.op === "put") return { key, value: operation.value, version };
  if (operation.op === "del") return { key, value: undefined, version };
  const value = addTo(env.read(key)?.value, operation.delta);
  return typeof value === "string" ? { key, value, version } : value;
}
