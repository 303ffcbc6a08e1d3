/**
 * A constraint: a demand on all keys with a prefix, kept in the cluster. It is a row of data like any other, under a key
 * that no user can have, so that a transaction changes it and all replicas agree on it.
 */

import type { Demand, Kind, Limits } from "./demand.js";
import { FIRST_KEY, isOwnKey, OWN } from "./own-key.js";
import { prefixRange } from "./range.js";
import type { Key, KeyRange, Value, Write } from "./transaction.js";

export type Constraint = Demand & { prefix: Key };

/** Whatever stands under it is a constraint. */
export const CONSTRAINTS: Key = `${OWN}constraint/`;

const KINDS: Record<Kind, true> = {
  min: true,
  max: true,
  type: true,
  createOnly: true,
  mustExist: true,
  maxBytes: true,
  shape: true,
};
export const CONSTRAINT_KINDS = Object.keys(KINDS) as Kind[];

/** Where a constraint is kept. There is one of a kind for each prefix. */
export function constraintKey(kind: Kind, prefix: Key): Key {
  return `${CONSTRAINTS}${kind}/${prefix}`;
}

/** The constraint that has this key, if any has. */
export function constraintAt(key: Key): { kind: Kind; prefix: Key } | undefined {
  if (!isOwnKey(key) || !key.startsWith(CONSTRAINTS)) return undefined;
  const end = key.indexOf("/", CONSTRAINTS.length);
  return { kind: key.slice(CONSTRAINTS.length, end) as Kind, prefix: key.slice(end + 1) };
}

/** The keys that a constraint on this prefix binds: users' keys. */
export function boundRange(prefix: Key): KeyRange {
  return prefix === "" ? { start: FIRST_KEY } : prefixRange(prefix);
}

/** What is stored. A schema is JSON text already. */
export function encodeLimit<K extends Kind>(kind: K, limit: Limits[K]): Value {
  return kind === "shape" ? (limit as string) : JSON.stringify(limit);
}

/** The constraint that a write leaves; none if it is about something else, or removes one. */
export function constraintIn({ key, value }: Pick<Write, "key" | "value">): Constraint | undefined {
  const place = value === undefined ? undefined : constraintAt(key);
  if (!place) return undefined;
  const text = String(value);
  return { ...place, limit: place.kind === "shape" ? text : JSON.parse(text) } as Constraint;
}

/** For people: `min 0 on accounts/`. Of a shape its schema is left out. */
export function constraintText(constraint: Constraint): string {
  const { kind, prefix } = constraint;
  const hasLimit = kind !== "createOnly" && kind !== "mustExist" && kind !== "shape";
  const limit = hasLimit ? ` ${constraint.limit}` : "";
  return `${kindText(kind)}${limit} on ${prefix === "" ? "all keys" : prefixText(prefix)}`;
}

/** As people write it: `create-only`. */
export function kindText(kind: Kind): string {
  return kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function prefixText(prefix: Key): string {
  return /^[\w/.:][\w/.:@-]*$/.test(prefix) ? prefix : JSON.stringify(prefix);
}
