/** Numbers of bytes and of things, for people. */

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let [amount, unit] = [bytes / 1024, 0];
  for (; amount >= 999.5 && unit < UNITS.length - 1; unit += 1) amount /= 1024;
  return `${amount.toFixed(amount < 9.95 ? 1 : 0)} ${UNITS[unit]}`;
}

export function counted(count: number, name: string): string {
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : "s"}`;
}
