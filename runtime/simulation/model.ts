/** What a cluster should be like: transactions one after the other on one map. The specification that runs are held to. */

import { expiryKey } from "../../actors/expiry.js";
import { contentIn, markKey, pathIn } from "../../actors/file.js";
import { rangeVersion } from "../../actors/range.js";
import type { Check, Entry, Expire, Key, KeyRange, Operation, Stored, TxnId, Value } from "../../actors/transaction.js";
import { addTo, sameValue } from "../../actors/value.js";
import type { Sight } from "./history.js";

export class Model {
  readonly data = new Map<Key, Stored>();

  /** Does a transaction that is said to have committed. Returns why it could not have. */
  perform(txn: TxnId, operations: readonly Operation[], checks: readonly Check[]): string[] {
    const failed = checks
      .filter((check) => !this.#holds(check))
      .map((check) => `${txn} needed that ${"key" in check ? check.key : JSON.stringify(check.range)} ${check.is}`);
    return [...failed, ...operations.flatMap((operation) => this.#apply(txn, operation))];
  }

  #holds(check: Check): boolean {
    if (check.is === "rangeUnchanged") return rangeVersion(this.#entriesIn(check.range)) === check.version;
    const stored = this.data.get(check.key);
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

  /** What somebody saw that is not so. */
  contradict(who: string, { keys, values, pages }: Sight): string[] {
    const wrongKeys = keys.flatMap((key, index) => differences(`${who} ${key}`, values[index], this.data.get(key)));
    const wrongPages = pages.flatMap(({ range, entries }) => {
      const [were, are] = [entriesText(entries), entriesText(this.#entriesIn(range))];
      return were === are ? [] : [`${who} in ${JSON.stringify(range)} ${were}, not ${are}`];
    });
    return [...wrongKeys, ...wrongPages];
  }

  #entriesIn({ start = "", end }: KeyRange): Entry[] {
    const isBefore = (left: Key, right: Key) => Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0;
    const entries = [...this.data].filter(
      ([key]) => !isBefore(key, start) && (end === undefined || isBefore(key, end)),
    );
    return entries
      .sort(([left], [right]) => (isBefore(left, right) ? -1 : 1))
      .map(([key, stored]) => ({ key, stored }));
  }

  #apply(txn: TxnId, operation: Operation): string[] {
    const { key } = operation;
    switch (operation.op) {
      case "put":
        this.#put(key, { value: operation.value, version: txn });
        return this.#letExpire(txn, operation);
      case "del":
        this.#mark(key, undefined, txn);
        this.data.delete(key);
        return [];
      case "copy":
        return this.#copy(txn, operation);
      case "expire":
        return this.#expire(txn, operation);
      case "add": {
        const sum = addTo(this.data.get(key)?.value, operation.delta);
        if (typeof sum !== "string") return [`${txn} added to ${key}, which was no number`];
        this.data.set(key, { value: sum, version: txn });
        return [];
      }
    }
  }

  #copy(txn: TxnId, { key, source }: Extract<Operation, { op: "copy" }>): string[] {
    const stored = this.data.get(source);
    if (!stored) return [`${txn} copied ${source}, which was not there`];
    this.#put(key, { value: stored.value, version: txn });
    return [];
  }

  #put(key: Key, stored: Stored): void {
    this.#mark(key, stored.value, stored.version);
    this.data.set(key, stored);
  }

  /** What a file needs, and nothing else, is marked by the transaction that has given it its content. */
  #mark(key: Key, value: Value | undefined, version: TxnId): void {
    const path = pathIn(key);
    if (path === undefined) return;
    const [before, after] = [contentIn(this.data.get(key)?.value), contentIn(value)];
    if (before === after) return;
    if (before !== undefined) this.data.delete(markKey(before, path));
    if (after !== undefined) this.data.set(markKey(after, path), { value: "null", version });
  }

  #letExpire(txn: TxnId, { key, ttlMs, expiresAt }: Extract<Operation, { op: "put" }>): string[] {
    if (expiresAt !== undefined) this.data.set(expiryKey(expiresAt, key), { value: "null", version: txn });
    return (ttlMs === undefined) === (expiresAt === undefined)
      ? []
      : [`${txn} put ${key}, which expires at ${expiresAt}`];
  }

  /** Only what was put to expire then, and not what was put instead of it. */
  #expire(txn: TxnId, { key, at }: Expire): string[] {
    const row = expiryKey(at, key);
    const due = this.data.get(row);
    if (!due) return [`${txn} removed ${key}, which was not to expire at ${at}`];
    if (due.version === this.data.get(key)?.version) this.data.delete(key);
    this.data.delete(row);
    return [];
  }
}

export function differences(what: string, was: Stored | undefined, should: Stored | undefined): string[] {
  const isSame = was?.version === should?.version && was?.value === should?.value;
  return isSame ? [] : [`${what} = ${storedText(was)}, not ${storedText(should)}`];
}

function entriesText(entries: readonly Entry[]): string {
  return entries.map(({ key, stored }) => `${key} = ${storedText(stored)}`).join(" ") || "nothing";
}

function storedText(stored: Stored | undefined): string {
  return stored ? `${stored.value}@${stored.version}` : "nothing";
}
