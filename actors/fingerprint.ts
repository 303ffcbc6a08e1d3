/** Tells a repeated request from another one under the same id: 53-bit hashes, not meant against forgery. */

import type { Check, Incarnation, Operation, TxnId } from "./transaction.js";

export function fingerprint(operations: readonly Operation[], checks: readonly Check[]): number {
  const hash = new Hash();
  for (const operation of operations) {
    hash.text(operation.op).text(operation.key);
    if (operation.op === "put") hash.value(operation.value);
    if (operation.op === "add") hash.text(String(operation.delta));
  }
  for (const check of checks) {
    hash.text(check.is).text(check.key);
    if (check.is === "equals") hash.value(check.value);
    if (check.is === "version") hash.text(check.version);
  }
  return hash.digest();
}

/**
 * Names an attempt after all that is asked in it: who asks, of which lives, under which view, and what. So a vote in one
 * never counts in another one; one that asks the same of the same may use it.
 */
export function attemptOf(coordinator: Incarnation, asked: Asked): number {
  const hash = new Hash();
  for (const { node, epoch } of [coordinator, ...asked.processes]) hash.text(node).text(String(epoch));
  return hash
    .text(asked.view ?? "")
    .text(String(asked.fingerprint))
    .digest();
}

export type Asked = { processes: readonly Incarnation[]; view: TxnId | undefined; fingerprint: number };

/** Two 32-bit multiplicative hashes side by side (the construction known as cyrb53). */
class Hash {
  #low = 0xdeadbeef;
  #high = 0x41c6ce57;

  text(text: string): this {
    for (let index = 0; index < text.length; index += 1) this.#mix(text.charCodeAt(index));
    this.#mix(0x10000);
    return this;
  }

  value(value: string | Uint8Array): this {
    if (typeof value === "string") return this.text(value);
    for (const byte of value) this.#mix(byte);
    this.#mix(0x10001);
    return this;
  }

  digest(): number {
    const low = scramble(this.#low) ^ Math.imul(this.#high ^ (this.#high >>> 13), 3266489909);
    const high = scramble(this.#high) ^ Math.imul(this.#low ^ (this.#low >>> 13), 3266489909);
    return 4294967296 * (2097151 & high) + (low >>> 0);
  }

  #mix(unit: number): void {
    this.#low = Math.imul(this.#low ^ unit, 2654435761);
    this.#high = Math.imul(this.#high ^ unit, 1597334677);
  }
}

function scramble(word: number): number {
  return Math.imul(word ^ (word >>> 16), 2246822507);
}
