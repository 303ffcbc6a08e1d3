/** What a transaction tells about the world outside it: what it found before its own writes, and what it left. */

import type { Micro } from "./history.js";
import { type Token, token } from "./token.js";

/** What was there before the transaction wrote. Of a list the value is its length. */
export type Read = { key: string; value: Token; elements?: readonly Token[] };
/** All writes to a key, in order. Of a list, what was appended. */
export type Write = { key: string; values: Token[]; list: boolean };

export type Effect = {
  reads: Read[];
  writes: Write[];
  /** Keys that a scan did not find. */
  missed: Set<string>;
  /** The key whose reads contradict what the transaction itself read or wrote before. */
  contradicts?: string;
};

/**
 * Reads of an operation that is not known to have happened tell nothing. A scan reads every key that it could have found:
 * so a key that comes into its range is to be explained like any other.
 */
export function effectOf(
  steps: readonly Micro[],
  happened: boolean,
  lists: ReadonlySet<string>,
  scanned: ReadonlyMap<string, readonly string[]>,
): Effect {
  const effect: Effect = { reads: [], writes: [], missed: new Set() };
  const take = (key: string, value: unknown) => {
    if (happened && !read(effect, key, value, lists.has(key))) effect.contradicts ??= key;
  };
  for (const [kind, key, value] of steps) {
    if (kind === "r") take(key, value);
    else if (kind !== "scan") write(effect, key, token(value), kind === "append");
    else if (happened) {
      const values = found(value);
      for (const each of scanned.get(key) ?? []) take(each, pick(effect, each, values));
    }
  }
  return effect;
}

function pick({ missed }: Effect, key: string, values: ReadonlyMap<string, unknown>): unknown {
  if (!values.has(key)) missed.add(key);
  return values.get(key) ?? null;
}

/** What a scan found, by key. */
export function found(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(Array.isArray(value) ? (value as [string, unknown][]) : []);
}

function write({ writes }: Effect, key: string, value: Token, list: boolean): void {
  const earlier = writes.find((other) => other.key === key);
  if (earlier) earlier.values.push(value);
  else writes.push({ key, values: [value], list });
}

/** Takes note of a read. False if it contradicts the transaction's own steps. */
function read(effect: Effect, key: string, value: unknown, list: boolean): boolean {
  const found = effect.reads.find((other) => other.key === key);
  const own = effect.writes.find((other) => other.key === key)?.values ?? [];
  if (list) return readList(effect, key, elementsOf(value), found, own);
  const seen = token(value);
  const expected = own.at(-1) ?? found?.value;
  if (expected === undefined) effect.reads.push({ key, value: seen });
  return expected === undefined || expected === seen;
}

function readList(
  effect: Effect,
  key: string,
  elements: readonly Token[],
  found: Read | undefined,
  own: readonly Token[],
): boolean {
  const before = elements.length - own.length;
  const known = found?.elements;
  if (before < 0 || own.some((element, index) => elements[before + index] !== element)) return false;
  if (known) return known.length === before && known.every((element, index) => elements[index] === element);
  effect.reads.push({ key, value: before, elements: own.length === 0 ? elements : elements.slice(0, before) });
  return true;
}

/** What is no list cannot come from appends: it is taken for a list of one element that nobody appended. */
function elementsOf(value: unknown): readonly Token[] {
  // Long lists of numbers are their own tokens: no copy.
  if (Array.isArray(value)) return value.every((element) => typeof element === "number") ? value : value.map(token);
  return value === null || value === undefined ? [] : [token(value)];
}
