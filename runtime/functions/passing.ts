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

/** Whether it may end otherwise when all is read anew: also when what has changed is something that was read. */
export function mayPass({ code, key, range }: Pick<Why, "code" | "key" | "range">, read: readonly Check[]): boolean {
  if (code !== "check-failed") return isPassing(code);
  return read.some((check) =>
    "key" in check ? isSame(check.key, key) : isSame(boundsOf(check.range), boundsOf(range)),
  );
}

function boundsOf({ start, end }: Range = {}): unknown {
  return [start, end];
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
