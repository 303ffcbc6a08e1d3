/** What a copy came to, for people and for programs. */

import type { Copied } from "../files/copied.js";
import { bytesText, counted } from "./amounts.js";

/** The rate of less says nothing. */
const RATED_BYTES = 1024 * 1024;

/** One line. */
export function copiedText({ ending, written, same, deleted, bytes }: Copied, tookMs: number): string {
  const isDone = ending === undefined || ending.outcome === "committed";
  const seconds = tookMs / 1000;
  const rate = bytes >= RATED_BYTES && isDone ? `, ${bytesText(bytes / Math.max(seconds, 0.001))}/s` : "";
  const size = bytes > 0 ? ` (${bytesText(bytes)})` : "";
  const parts = [
    `${counted(written, "file")}${size} ${isDone ? "copied" : "not copied"}`,
    same > 0 && `${same} the same already`,
    deleted > 0 && `${deleted} ${isDone ? "deleted" : "not deleted"}`,
  ].filter(Boolean);
  return `${parts.join(", ")}; ${seconds.toFixed(seconds < 10 ? 2 : 1)} s${rate}`;
}

/** One object. The names are a promise to scripts. */
export function copiedFacts({ ending, ...counts }: Copied, tookMs: number): object {
  return { ...(ending ?? { outcome: "copied" }), ...counts, ms: Math.round(tookMs) };
}
