/** Keys of several parts as texts: the order of their bytes in UTF-8 is the order of the parts, one after the other. */

import { AyesError } from "./errors.js";
import { describe, isWellFormed } from "./json-shape.js";

/**
 * A key: a text of 1 to 1,024 bytes in UTF-8, or 1 to 32 parts, such as `["accounts", 5]`. Parts are compared one by one:
 * `false`, `true`, then numbers by value, then texts by code point; a shorter list comes before a longer one that begins
 * with it. `["a"]` and `"a"` are different keys, and lists come before all texts. -0 is 0.
 */
export type Key = string | readonly KeyPart[];
export type KeyPart = string | number | boolean;

/** What a composite key begins with, and no other one. */
export const COMPOSITE_MARK = "\u0001";
const PARTS_MOST = 32;

// The letters are in the order of the types. Each part says where it ends, so the text of some parts is a prefix of the
// text of exactly those lists that begin with them.
const FALSE = "F";
const TRUE = "T";
const NEGATIVE = "n";
const POSITIVE = "p";
const TEXT = "s";

/** Before everything that can follow in a text: there U+0000 and U+0001 are two characters each. */
const TEXT_END = "\u0000";
const ESCAPED_NUL = "\u0001\u0001";
const ESCAPED_MARK = "\u0001\u0002";

/** Digits of 6 bits, from `0` to `o`; a number that ends counts as one that goes on with zeros. */
const ZERO = "0".charCodeAt(0);
const DIGITS_MOST = 11;
const BEFORE_DIGITS = "!";
const AFTER_DIGITS = "~";

const ENDS: Readonly<Record<string, string>> = {
  [NEGATIVE]: AFTER_DIGITS,
  [POSITIVE]: BEFORE_DIGITS,
  [TEXT]: TEXT_END,
};

/** The text for some parts, or, as it stands, the prefix of all keys that begin with them. Throws `invalid`. */
export function encodeComposite(parts: readonly unknown[], name = "the key"): string {
  if (parts.length === 0 || parts.length > PARTS_MOST) {
    throw new AyesError("invalid", `${name} has ${parts.length} parts; it must have 1 to ${PARTS_MOST}`);
  }
  let text = COMPOSITE_MARK;
  for (let index = 0; index < parts.length; index += 1) text += encodePart(parts[index], `${name}[${index}]`);
  return text;
}

/** The parts; undefined for a text that does not stand for any. */
export function decodeComposite(text: string): KeyPart[] | undefined {
  const parts: KeyPart[] = [];
  for (let at = COMPOSITE_MARK.length; at < text.length; ) {
    const kind = text.charAt(at);
    const end = ENDS[kind] === undefined ? at : text.indexOf(ENDS[kind], at);
    const part = end < 0 ? undefined : decodePart(kind, text.slice(at + 1, end));
    if (part === undefined) return undefined;
    parts.push(part);
    at = end + 1;
  }
  // Whatever else was wrong with it comes out as another text.
  const known = parts.length > 0 && parts.length <= PARTS_MOST && encodeComposite(parts) === text;
  return known ? parts : undefined;
}

function encodePart(part: unknown, name: string): string {
  if (typeof part === "boolean") return part ? TRUE : FALSE;
  if (typeof part === "number" && Number.isFinite(part)) return encodeNumber(part);
  if (typeof part !== "string") {
    throw new AyesError("invalid", `${name} must be a text, a finite number, true or false, not ${describe(part)}`);
  }
  if (!isWellFormed(part)) throw new AyesError("invalid", `${name} contains a lone surrogate, which is no character`);
  return `${TEXT}${part.replaceAll("\u0001", ESCAPED_MARK).replaceAll("\u0000", ESCAPED_NUL)}${TEXT_END}`;
}

function decodePart(kind: string, text: string): KeyPart | undefined {
  switch (kind) {
    case FALSE:
      return false;
    case TRUE:
      return true;
    case TEXT: {
      const plain = text.replaceAll(ESCAPED_NUL, "\u0000").replaceAll(ESCAPED_MARK, "\u0001");
      return isWellFormed(plain) ? plain : undefined;
    }
    case POSITIVE:
    case NEGATIVE:
      return decodeNumber(text, kind === NEGATIVE);
    default:
      return undefined;
  }
}

const DOUBLE = new DataView(new ArrayBuffer(8));

/**
 * The bits of a positive double, read as a whole number, are in the order of the values; of a negative one all of it is
 * turned round. The 63 bits without the sign are 11 digits, and those that are 0 at the end are left out.
 */
function encodeNumber(value: number): string {
  const isNegative = value < 0;
  DOUBLE.setFloat64(0, Math.abs(value));
  let digits = "";
  for (let rest = DOUBLE.getBigUint64(0) << 3n; rest > 0n; rest = BigInt.asUintN(66, rest << 6n)) {
    const digit = Number(rest >> 60n);
    digits += String.fromCharCode(ZERO + (isNegative ? 63 - digit : digit));
  }
  return isNegative ? `${NEGATIVE}${digits}${AFTER_DIGITS}` : `${POSITIVE}${digits}${BEFORE_DIGITS}`;
}

function decodeNumber(digits: string, isNegative: boolean): number | undefined {
  if (!/^[0-o]{0,11}$/.test(digits)) return undefined;
  let bits = 0n;
  for (let index = 0; index < DIGITS_MOST; index += 1) {
    const digit = index < digits.length ? digits.charCodeAt(index) - ZERO : undefined;
    bits = (bits << 6n) | BigInt(digit === undefined ? 0 : isNegative ? 63 - digit : digit);
  }
  DOUBLE.setBigUint64(0, bits >> 3n);
  const value = DOUBLE.getFloat64(0);
  return Number.isFinite(value) ? (isNegative ? -value : value) : undefined;
}
