/** Which failures of a commit another attempt may not meet. All of them are certain: nothing was written. */

import type { ErrorCode, Why } from "../errors.js";
import { checkKey } from "../keys.js";

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

/** Whether it may end otherwise when all is read anew: also when what changed is one of the keys that were read, as the core has them. */
export function mayPass({ code, key }: Pick<Why, "code" | "key">, keysRead: readonly string[]): boolean {
  return PASSING.includes(code) || (code === "check-failed" && (key === undefined || keysRead.includes(checkKey(key))));
}
