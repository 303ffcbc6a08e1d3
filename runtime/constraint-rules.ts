/** Decides which constraints may be demanded, and how they look to a program. */

import {
  CONSTRAINT_KINDS,
  type Constraint as CoreConstraint,
  constraintKey,
  encodeLimit,
  kindText,
} from "../actors/constraint.js";
import { type Kind, type Limits, VALUE_TYPES, type ValueType } from "../actors/demand.js";
import type { ClientOperation, ProtocolName } from "../actors/transaction.js";
import type { Key } from "./api.js";
import type { Constraint, ConstraintRules } from "./constraint-api.js";
import { AyesError } from "./errors.js";
import { describe } from "./json-shape.js";
import { checkPrefix } from "./keys.js";
import { checkSchema } from "./schema.js";
import { shownKey } from "./shown.js";
import { checkDeadline, checkProtocol, requireFields, requireKind, requireObject } from "./validation.js";

const FIELDS = Object.fromEntries(CONSTRAINT_KINDS.map((kind) => [kind, []])) as Record<Kind, []>;

/** Demands for the core, at least one. */
export function checkRules(rules: unknown, name = "the rules"): { [K in Kind]?: Limits[K] } {
  const record = requireObject(rules, name);
  requireFields(record, CONSTRAINT_KINDS, name);
  const kinds = CONSTRAINT_KINDS.filter((kind) => record[kind] !== undefined);
  if (kinds.length === 0)
    throw new AyesError("invalid", `${name} demand nothing; known: ${CONSTRAINT_KINDS.join(", ")}`);
  const checked = Object.fromEntries(kinds.map((kind) => [kind, LIMITS[kind](record[kind], kind)]));
  const { min, max } = checked as Limits;
  if (min > max) throw new AyesError("invalid", `no number is at least ${min} and at most ${max}`);
  return checked;
}

/** Kinds of constraints, at least one. */
export function checkKinds(kinds: unknown): Kind[] {
  if (!Array.isArray(kinds)) throw new AyesError("invalid", `the kinds must be an array, not ${describe(kinds)}`);
  if (kinds.length === 0) throw new AyesError("invalid", "the kinds are none; leave them out to name all");
  return [...new Set(kinds.map((kind) => requireKind(kind, FIELDS, "a kind")))];
}

/** How a change shall be made. */
export type CheckedChange = { protocol: ProtocolName | undefined; deadlineMs: number };

/** How a change shall be made; without a protocol, as the cluster does. */
export function checkChangeOptions(options: unknown = {}): CheckedChange {
  const record = requireObject(options, "the options");
  requireFields(record, ["protocol", "deadlineMs"], "the options");
  return {
    deadlineMs: checkDeadline(record.deadlineMs),
    protocol: record.protocol === undefined ? undefined : checkProtocol(record.protocol),
  };
}

/** A constraint of a request: whose keys, and what is demanded of them. */
export function checkConstraint(constraint: unknown): { prefix: Key; rules: ConstraintRules } {
  const { prefix, ...rules } = requireObject(constraint, "the constraint");
  checkRules(rules, "the constraint");
  checkRequiredPrefix(prefix);
  return { prefix: prefix as Key, rules: rules as ConstraintRules };
}

/** Nobody demands something of all keys by leaving out a word. */
export function checkRequiredPrefix(prefix: unknown): string {
  if (prefix === undefined) throw new AyesError("invalid", 'the prefix is missing; "" means all keys');
  return checkPrefix(prefix);
}

/** The operations that demand it. */
export function operationsFor(prefix: string, rules: { [K in Kind]?: Limits[K] }): ClientOperation[] {
  return CONSTRAINT_KINDS.flatMap((kind) => {
    const limit = rules[kind];
    return limit === undefined
      ? []
      : [{ op: "put", key: constraintKey(kind, prefix), value: encodeLimit(kind, limit) }];
  });
}

/** Those of one prefix together, in the order in which they come. */
export function grouped(constraints: readonly CoreConstraint[]): Constraint[] {
  const groups = new Map<string, Constraint>();
  for (const { prefix, kind, limit } of constraints) {
    const shown: unknown = kind === "shape" ? JSON.parse(limit) : limit;
    groups.set(prefix, { ...(groups.get(prefix) ?? { prefix: shownKey(prefix) }), [kind]: shown });
  }
  return [...groups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, group]) => group);
}

/** `min 0`, as people type it. */
export function ruleTexts({ prefix: _, ...rules }: Constraint): string[] {
  return Object.entries(rules).map(([kind, limit]) => {
    const word = kindText(kind as Kind);
    if (limit === true) return word;
    return `${word} ${typeof limit === "object" ? JSON.stringify(limit) : limit}`;
  });
}

const LIMITS: { [K in Kind]: (limit: unknown, name: string) => Limits[K] } = {
  min: checkNumber,
  max: checkNumber,
  type: checkType,
  createOnly: checkTrue,
  mustExist: checkTrue,
  maxBytes: checkBytes,
  shape: checkSchema,
};

function checkNumber(limit: unknown, name: string): number {
  // Adding 0 turns -0 into 0.
  if (typeof limit === "number" && Number.isFinite(limit)) return limit + 0;
  throw new AyesError("invalid", `${name} must be a number, not ${describe(limit)}`);
}

function checkType(limit: unknown): ValueType {
  const type = VALUE_TYPES.find((known) => known === limit);
  if (type) return type;
  throw new AyesError("invalid", `the type is ${describe(limit)}; known: ${VALUE_TYPES.join(", ")}`);
}

function checkTrue(limit: unknown, name: string): true {
  if (limit === true) return limit;
  throw new AyesError("invalid", `${name} must be true, not ${describe(limit)}; remove the constraint instead`);
}

function checkBytes(limit: unknown, name: string): number {
  if (typeof limit === "number" && Number.isSafeInteger(limit) && limit >= 0) return limit;
  throw new AyesError("invalid", `${name} must be a whole number of at least 0, not ${describe(limit)}`);
}
