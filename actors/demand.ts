/** What can be demanded of one write, by a validator or by a constraint, and how each demand judges. */

import type { World } from "./protocol.js";
import type { Value, Write } from "./transaction.js";

export const VALUE_TYPES = ["string", "number", "boolean", "object", "array", "null", "bytes"] as const;
/** What a value is: one of JSON, or bytes. */
export type ValueType = (typeof VALUE_TYPES)[number];

/** What each kind of demand is about. */
export type Limits = {
  /** The value is a number, and not less than this. */
  min: number;
  /** The value is a number, and not more than this. */
  max: number;
  type: ValueType;
  /** Keys may be made, never changed or deleted. */
  createOnly: true;
  /** Only keys that exist may be written. */
  mustExist: true;
  /** At most so many bytes: as JSON text in UTF-8, or as they are. */
  maxBytes: number;
  /** The value fits a JSON Schema. This is its text. */
  shape: string;
};

export type Kind = keyof Limits;
export type Demand = { [K in Kind]: { kind: K; limit: Limits[K] } }[Kind];
type ValueKind = Exclude<Kind, "createOnly" | "mustExist">;

/** Where a demand looks: at what is committed, and what knows JSON Schema. */
export type Sight = Pick<World, "read" | "misfit">;

/** Of a value that is told, at most so many characters. */
const SHOWN = 60;

/** What there is against a write: what it would become, and what is wrong with that. What has no value may be deleted. */
export function flawOf({ key, value }: Write, demand: Demand, sight: Sight): string | undefined {
  switch (demand.kind) {
    case "createOnly":
      return sight.read(key) === undefined ? undefined : `${becoming(value)}, and the key exists`;
    case "mustExist":
      return sight.read(key) === undefined ? `${becoming(value)}, and the key does not exist` : undefined;
    default: {
      const judge = VALUE_FLAWS[demand.kind] as ValueFlaw<Kind>;
      const flaw = value === undefined ? undefined : judge(value, demand.limit, sight);
      return flaw === undefined ? undefined : becoming(value) + flaw;
    }
  }
}

type ValueFlaw<K extends Kind> = (value: Value, limit: Limits[K], sight: Sight) => string | undefined;

/** What is wrong with a value, to follow what it is. */
const VALUE_FLAWS: { [K in ValueKind]: ValueFlaw<K> } = {
  min: (value, least) => flawOfNumber(value, (number) => number >= least),
  max: (value, most) => flawOfNumber(value, (number) => number <= most),
  type: (value, type) => (typeOf(value) === type ? undefined : ofType(value)),
  maxBytes: (value, most) => {
    const bytes = byteLength(value);
    return bytes > most ? `, of ${bytes} bytes` : undefined;
  },
  shape: (value, schema, sight) => {
    const misfit = typeof value === "string" ? sight.misfit(schema, value) : "it is no JSON";
    return misfit === undefined ? undefined : `: ${misfit}`;
  },
};

function flawOfNumber(value: Value, fits: (number: number) => boolean): string | undefined {
  const number = typeof value === "string" ? parsed(value) : undefined;
  if (typeof number !== "number") return ofType(value);
  return fits(number) ? undefined : "";
}

function becoming(value: Value | undefined): string {
  return value === undefined ? "it would be deleted" : `it would become ${shown(value)}`;
}

/** A value for people: the start of a long one. */
export function shown(value: Value): string {
  if (typeof value !== "string") return `${value.length} bytes`;
  if (value.length <= SHOWN) return value;
  // Not between the two halves of one character.
  const isCut = value.charCodeAt(SHOWN - 1) >> 10 === 0x36;
  return `${value.slice(0, isCut ? SHOWN - 1 : SHOWN)}…`;
}

function ofType(value: Value): string {
  return `, of type ${typeOf(value)}`;
}

function typeOf(value: Value): ValueType {
  if (typeof value !== "string") return "bytes";
  const json = parsed(value);
  if (json === null) return "null";
  if (Array.isArray(json)) return "array";
  return typeof json as ValueType;
}

function parsed(value: string): unknown {
  return JSON.parse(value);
}

/** In UTF-8: each half of a surrogate pair counts for two of its four bytes. */
function byteLength(value: Value): number {
  if (typeof value !== "string") return value.length;
  let bytes = 0;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
