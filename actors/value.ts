/** The two things the core does with a value: compare it with another one, and add an integer to it. */

import type { Value, Why } from "./transaction.js";

/** Bytes are equal byte by byte; JSON texts are equal when they mean the same, whatever their spacing or key order. */
export function sameValue(left: Value, right: Value): boolean {
  if (typeof left === "string" && typeof right === "string") {
    return left === right || sameJson(JSON.parse(left), JSON.parse(right));
  }
  if (typeof left === "string" || typeof right === "string") return false;
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** The sum as JSON text. An absent number counts as 0; a sum that a double cannot hold exactly is refused. */
export function addTo(value: Value | undefined, delta: number): string | Pick<Why, "code" | "detail"> {
  const base: unknown = value === undefined ? 0 : typeof value === "string" ? JSON.parse(value) : undefined;
  if (typeof base !== "number") return { code: "not-a-number", detail: "add needs a number" };
  const sum = base + delta;
  if (!Number.isSafeInteger(Math.trunc(sum)) || sum - delta !== base) {
    return { code: "out-of-range", detail: "the sum cannot be held exactly" };
  }
  return JSON.stringify(sum);
}

function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftKeys = Object.keys(left);
  const rightRecord = right as Record<string, unknown>;
  if (leftKeys.length !== Object.keys(right).length) return false;
  return leftKeys.every(
    (key) => Object.hasOwn(right, key) && sameJson((left as Record<string, unknown>)[key], rightRecord[key]),
  );
}
