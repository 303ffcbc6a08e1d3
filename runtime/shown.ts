/** How people see what the core calls a key: composite keys as lists, wherever an answer names a key. */

import { pathIn } from "../actors/file.js";
import { isOwnKey, withoutOwn } from "../actors/own-key.js";
import type { LogRecord } from "../actors/record.js";
import type { Why as CoreWhy, KeyRange } from "../actors/transaction.js";
import type { Range } from "./api.js";
import { COMPOSITE_MARK, decodeComposite, type Key } from "./composite.js";
import type { Why } from "./errors.js";

/** A key as it was given. */
export function shownKey(key: string): Key {
  return key.startsWith(COMPOSITE_MARK) ? (decodeComposite(key) ?? key) : key;
}

/** What a core key is called where an answer says what it is about: a file, a key, or nothing that users know. */
export function shownSubject(key: string | undefined): { key?: Key; file?: string } {
  if (key === undefined) return {};
  const file = pathIn(key);
  if (file !== undefined) return { file };
  return isOwnKey(key) ? {} : { key: shownKey(key) };
}

/** Keys and files among core keys. */
export function shownLocks(keys: readonly string[]): { keys: Key[]; files: string[] } {
  return { keys: withoutOwn(keys).map(shownKey), files: keys.flatMap((key) => pathIn(key) ?? []) };
}

type Shown<Entry> = Entry extends unknown ? Omit<Entry, "key"> & { key: Key } : never;

/** Whatever names a key, an operation or a check for example, with the key as it was given. */
export function shownEntry<Entry extends { key: string }>(entry: Entry): Shown<Entry> {
  return { ...entry, key: shownKey(entry.key) } as unknown as Shown<Entry>;
}

/** A range with its bounds as they were given. No key comes before the first composite one. */
export function shownRange({ start, end }: KeyRange): Range {
  return {
    ...(start !== undefined && start !== COMPOSITE_MARK && { start: shownKey(start) }),
    ...(end !== undefined && { end: shownKey(end) }),
  };
}

/** A reason, with what it names. */
export function shownWhy({ key, range, constraint, detail, ...why }: CoreWhy): Why {
  return {
    ...why,
    ...shownSubject(key),
    ...(range !== undefined && { range: shownRange(range) }),
    ...(constraint !== undefined && { constraint: shownText(constraint) }),
    ...(detail !== undefined && { detail: shownText(detail) }),
  };
}

/** A text in which the core or the storage names keys, as JSON. */
export function shownText(text: string): string {
  return text.replace(/"\\u0001(?:[^"\\]|\\.)*"/g, (quoted) => JSON.stringify(shownKey(JSON.parse(quoted) as string)));
}

/** A log record with its keys. */
export function shownRecord(record: LogRecord): object {
  return {
    ...record,
    ...("writes" in record && { writes: record.writes.map(shownEntry) }),
    ...("reads" in record && { reads: record.reads.map(shownKey) }),
    ...("ranges" in record && { ranges: record.ranges?.map(shownRange) }),
    ...("why" in record && record.why && { why: shownWhy(record.why) }),
  };
}
