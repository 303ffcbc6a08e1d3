/** Whether a precondition holds. */

import { pathIn } from "./file.js";
import type { Env } from "./protocol.js";
import { countIn, rangeVersion } from "./range.js";
import type { Check, Key, KeyRange, Why } from "./transaction.js";
import { sameValue } from "./value.js";

/** The first one that does not hold, as a reason. */
export function flawIn(
  checks: readonly Check[],
  env: Pick<Env, "read" | "scan">,
): Pick<Why, "key" | "range" | "detail"> | undefined {
  const failed = checks.find((check) => !holds(check, env));
  if (!failed) return undefined;
  return { ...("key" in failed ? { key: failed.key } : { range: failed.range }), detail: describe(failed) };
}

function holds(check: Check, env: Pick<Env, "read" | "scan">): boolean {
  if (check.is === "rangeUnchanged") return check.version === versionOf(check.range, countIn(check.version), env);
  const stored = env.read(check.key);
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

/** With more keys than before it has changed: one more is enough to see that. */
function versionOf(range: KeyRange, count: number, env: Pick<Env, "scan">): string {
  return rangeVersion(env.scan(range, count + 1));
}

function describe(check: Check): string {
  switch (check.is) {
    case "exists":
      return `the ${noun(check.key)} does not exist`;
    case "absent":
      return `the ${noun(check.key)} exists`;
    case "equals":
      return "the key has another value";
    case "version":
      return `the ${noun(check.key)} has another version`;
    case "rangeUnchanged":
      return "a key in the range has come, gone or changed";
  }
}

function noun(key: Key): string {
  return pathIn(key) === undefined ? "key" : "file";
}
