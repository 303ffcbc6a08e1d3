/** Which failures of a commit another attempt may not meet. All of them are certain: nothing was written. */

import type { Check, Range } from "../api.js";
import type { ErrorCode, Why } from "../errors.js";

/** Because of others, or of a node that may come back. */
const PASSING: readonly ErrorCode[] = [
  "conflict",
  "unavailable",
  "not-leader",
  "overloaded",
  "abandoned",
  "blocked",
  "timeout",
  "gateway-lost",
];

export function isPassing(code: ErrorCode): boolean {
  return PASSING.includes(code);
}

type Subject = Pick<Why, "key" | "file" | "range">;

/** Whether it may end otherwise when all is read anew: also when what has changed is something that was read. */
export function mayPass({ code, ...about }: Subject & Pick<Why, "code">, read: readonly Check[]): boolean {
  return code === "check-failed" ? read.some((check) => isAbout(check, about)) : isPassing(code);
}

/** Whether a reason names what this check is about. */
export function isAbout(check: Check, { key, file, range }: Subject): boolean {
  if ("key" in check) return isSame(check.key, key);
  return "path" in check ? check.path === file : isSame(boundsOf(check.range), boundsOf(range));
}

function boundsOf({ start, end }: Range = {}): unknown {
  return [start, end];
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
