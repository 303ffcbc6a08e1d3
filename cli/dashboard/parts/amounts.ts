/** Numbers as people read them. */

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** `1.4 MB`. */
export function bytesText(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** `12,345`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** `350 ms`, `4.2 s`, `3 min`, `2 h`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
}

/** `4 s ago`; clocks that differ a little are no news. */
export function agoText(at: number, now: number): string {
  const ms = now - at;
  return ms < 1500 ? "now" : `${spanText(ms)} ago`;
}

/** `1 key`, `2 keys`. */
export function many(count: number, name: string): string {
  return `${countText(count)} ${name}${count === 1 ? "" : "s"}`;
}
