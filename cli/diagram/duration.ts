/** Times as people read them in a diagram. */

/** `ms` since the beginning: at most nine signs for what takes less than a day. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
