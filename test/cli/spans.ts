/** Operations of histories in few words. */

import type { Micro } from "../../cli/history/history.js";
import type { Span } from "./histories.js";

type Times = readonly [begin: number, end?: number];

export const put = (process: number, [begin, end]: Times, key: string, value: unknown): Span => {
  return { process, begin, ...(end !== undefined && { end }), request: { f: "put", key, value } };
};
export const get = (process: number, [begin, end]: Times, key: string, read: unknown): Span => {
  return { process, begin, ...(end !== undefined && { end }), request: { f: "get", key }, read };
};
export const del = (process: number, [begin, end]: Times, key: string): Span => {
  return { process, begin, ...(end !== undefined && { end }), request: { f: "delete", key } };
};
export const txn = (process: number, [begin, end]: Times, ...steps: Micro[]): Span => {
  const asked = steps.map(([kind, key, value]): Micro => [kind, key, kind === "r" || kind === "scan" ? null : value]);
  return { process, begin, ...(end !== undefined && { end }), request: { f: "txn", value: asked }, read: steps };
};
export const r = (key: string, value: unknown): Micro => ["r", key, value];
export const w = (key: string, value: unknown): Micro => ["w", key, value];
export const a = (key: string, value: unknown): Micro => ["append", key, value];

export const s = (prefix: string, ...found: [string, unknown][]): Micro => ["scan", prefix, found];

/** Everything at the same time, each by its own process. */
export const together = (...transactions: Micro[][]): Span[] =>
  transactions.map((steps, process) => txn(process, [process, 100 + process], ...steps));
