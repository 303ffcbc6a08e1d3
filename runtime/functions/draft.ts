/** What a transaction function wants to write, and how its own reads see it. */

import { compareKeys, isWithin } from "../../actors/range.js";
import type { ClientOperation as CoreOperation, Value as CoreValue } from "../../actors/transaction.js";
import { addTo } from "../../actors/value.js";
import type { Operation, Value } from "../api.js";
import { AyesError } from "../errors.js";
import { isFileOperation } from "../files/file-operations.js";
import type { FileOperation } from "../files-api.js";
import { checkKey } from "../keys.js";
import type { ScanPage } from "../reading-api.js";
import { shownEntry, shownKey } from "../shown.js";
import { checkOperations, checkRange, decodeValue, encodeValue } from "../validation.js";

export class Draft {
  readonly #operations = new Map<string, CoreOperation>();
  readonly #files = new Map<string, FileOperation>();

  /** What was written last to a key takes the place of what was before; sums add up. */
  write(operation: Operation): void {
    if (isFileOperation(operation)) {
      this.#files.set(operation.path, operation);
      return;
    }
    for (const checked of checkOperations([operation])) {
      const before = this.#operations.get(checked.key);
      this.#operations.set(checked.key, before ? after(before, checked) : checked);
    }
  }

  get size(): number {
    return this.#operations.size + this.#files.size;
  }

  operations(): Operation[] {
    const keys = [...this.#operations.values()].flatMap((operation): Operation[] => {
      if (operation.op === "copy") return [];
      return [shownEntry(operation.op === "put" ? { ...operation, value: decodeValue(operation.value) } : operation)];
    });
    return [...keys, ...this.#files.values()];
  }

  /** What is to be written to a file. */
  file(path: string): FileOperation | undefined {
    return this.#files.get(path);
  }

  has(key: string): boolean {
    return this.#operations.has(key);
  }

  /** Whether what a key becomes is known without reading it. */
  settles(key: string): boolean {
    const operation = this.#operations.get(key);
    return operation !== undefined && operation.op !== "add";
  }

  /** What a key becomes. */
  see(key: string, value: Value | undefined): Value | undefined {
    const operation = this.#operations.get(key);
    if (!operation) return value;
    const stored = resolve(operation, value === undefined ? undefined : encodeValue(value));
    return stored === undefined ? undefined : decodeValue(stored);
  }

  /** A page with what this wants to write in its range. */
  overlay(page: ScanPage, reverse: boolean): ScanPage {
    const range = checkRange(page.range);
    const written = [...this.#operations.keys()].filter((key) => isWithin(key, range));
    if (written.length === 0) return page;
    const entries = new Map(page.entries.map((entry) => [checkKey(entry.key), entry]));
    for (const key of written) {
      const value = this.see(key, entries.get(key)?.value);
      if (value === undefined) entries.delete(key);
      else entries.set(key, { key: shownKey(key), value, version: "" });
    }
    const sign = reverse ? -1 : 1;
    const inOrder = [...entries].sort(([left], [right]) => sign * compareKeys(left, right));
    return { ...page, entries: inOrder.map(([, entry]) => entry) };
  }
}

function after(before: CoreOperation, next: CoreOperation): CoreOperation {
  if (next.op !== "add") return next;
  if (before.op === "add") return { ...next, delta: Number(sum(String(before.delta), next.delta)) };
  return { op: "put", key: next.key, value: sum(before.op === "put" ? before.value : undefined, next.delta) };
}

function resolve(operation: CoreOperation, stored: CoreValue | undefined): CoreValue | undefined {
  if (operation.op === "put") return operation.value;
  return operation.op === "add" ? sum(stored, operation.delta) : undefined;
}

function sum(value: CoreValue | undefined, delta: number): string {
  const result = addTo(value, delta);
  if (typeof result === "string") return result;
  throw new AyesError(result.code === "not-a-number" ? "not-a-number" : "out-of-range", result.detail);
}
