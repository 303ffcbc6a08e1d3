/** What is to become of a node that ended: started again after a while, held down, or given up. */

import type { Millis } from "../actors/transaction.js";
import type { ErrorCode } from "./errors.js";

/** What is known of a node that has just ended. */
export type Death = {
  code: ErrorCode | undefined;
  reason: string | undefined;
  /** Whether it served, this time and ever. */
  wasUp: boolean;
  everUp: boolean;
  /** Why it is to stay down, if somebody wants that. */
  hold: string | undefined;
  /** When it ended lately, oldest first, this time included. */
  history: readonly Millis[];
};

export type Fate =
  | { restartAfterMs: Millis; scrubbed: boolean }
  | { state: "held" | "gave-up"; reason: string | undefined };

/** Restarts within `PERIOD_MS` at most; then the node is given up. */
const LIMIT = 10;
const PERIOD_MS = 10_000;
const FIRST_BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 1000;

/** What a restart does not heal: somebody has to look at the store first. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  "no-store",
  "empty-store",
  "stale-store",
  "foreign-store",
  "damaged-store",
  "other-version",
  "corrupt-log",
  "corrupt-data",
  "not-writable",
]);

/** The history with one more death. Deaths that are long ago do not count, unless the node has not been up since. */
export function withDeath(history: readonly Millis[], wasUp: boolean, now: Millis): Millis[] {
  return [...history.filter((at) => !wasUp || at > now - PERIOD_MS), now];
}

export function fateOf({ code, reason, wasUp, everUp, hold, history }: Death): Fate {
  if (hold !== undefined) return { state: "held", reason: `${reason}; ${hold}` };
  if (code !== undefined && HOPELESS.has(code)) return { state: "gave-up", reason };
  // A full disk is no fault of the node: once it was up, it comes back when there is room.
  const waitsForRoom = code === "disk-full" && everUp;
  if (history.length > LIMIT && !waitsForRoom) {
    const spanMs = (history.at(-1) ?? 0) - (history[0] ?? 0);
    const often = `it failed ${history.length} times in ${Math.ceil(spanMs / 1000)} s, last: ${reason}`;
    return { state: "gave-up", reason: often };
  }
  const restartAfterMs = Math.min(FIRST_BACKOFF_MS * 2 ** (history.length - 1), LONGEST_BACKOFF_MS);
  // Killed without a reason of its own, it left its store as it was.
  return { restartAfterMs, scrubbed: wasUp && code === undefined };
}
