/** What the history tells about each key: who wrote which value, and in which order a list grew. */

import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";

export type Key = {
  name: string;
  list: boolean;
  /** Who wrote a value and may have taken effect. More than one: nobody can tell whose value a reader saw. */
  writers: Map<Token, Operation[]>;
  /** Who wrote a value only to replace it within the same transaction. Not for lists. */
  passing: Map<Token, Operation>;
  /** Who failed to write it. */
  failed: Map<Token, Operation>;
  /** Of a list: the longest that was read. All other reads should be the beginning of it. */
  order: readonly Token[];
  /** Who read that. */
  longest: Operation | undefined;
};

export type Keys = Map<string, Key>;

/** All keys of the history with their writers; the orders of lists come from their reads. */
export function keysOf(operations: readonly Operation[]): Keys {
  const keys: Keys = new Map();
  for (const operation of operations) {
    for (const { key, elements } of operation.reads) keyOf(keys, key, elements !== undefined);
    for (const { key, values, list } of operation.writes) {
      const known = keyOf(keys, key, list);
      for (const [index, value] of values.entries()) note(known, value, operation, list || index === values.length - 1);
    }
  }
  return keys;
}

function keyOf(keys: Keys, name: string, list: boolean): Key {
  const known = keys.get(name);
  if (known) return known;
  const key: Key = {
    name,
    list,
    writers: new Map(),
    passing: new Map(),
    failed: new Map(),
    order: [],
    longest: undefined,
  };
  keys.set(name, key);
  return key;
}

function note(key: Key, value: Token, operation: Operation, stays: boolean): void {
  const writers = key.writers.get(value);
  if (operation.outcome === "fail") key.failed.set(value, operation);
  else if (!stays) key.passing.set(value, operation);
  else if (writers) writers.push(operation);
  else key.writers.set(value, [operation]);
}

/** Whether every value that was read tells who wrote it, so that dependencies follow from the reads alone. */
export function isTraceable(key: Key, readValues: Iterable<Token>): boolean {
  if (key.list) return [...key.writers.values()].every(({ length }) => length === 1);
  for (const value of readValues) {
    if ((key.writers.get(value)?.length ?? 0) !== (value === ABSENT ? 0 : 1)) return false;
  }
  return true;
}

/**
 * Leaves out operations of unknown outcome whose writes nobody saw: a history has a serial order with them exactly if
 * it has one without them, since whoever came later would have seen them, or saw them replaced.
 */
export function withoutUnseen(operations: readonly Operation[], keys: Keys): Operation[] {
  const seen = new Map<string, Set<Token>>();
  for (const { reads } of operations) for (const { key, value } of reads) seenOf(seen, key).add(value);
  for (const { list, name, order } of keys.values()) if (list) seen.set(name, new Set(order));
  const kept = operations.filter(({ outcome, writes }) => {
    if (outcome !== "info") return outcome === "ok";
    return writes.some(({ key, values, list }) => {
      const tokens = seen.get(key);
      return tokens !== undefined && (list ? values : values.slice(-1)).some((value) => tokens.has(value));
    });
  });
  const known = new Set(kept);
  for (const key of keys.values()) {
    for (const [value, writers] of key.writers) {
      const left = writers.filter((operation) => known.has(operation));
      if (left.length > 0) key.writers.set(value, left);
      else key.writers.delete(value);
    }
  }
  return kept;
}

function seenOf(seen: Map<string, Set<Token>>, key: string): Set<Token> {
  const known = seen.get(key) ?? new Set();
  seen.set(key, known);
  return known;
}
