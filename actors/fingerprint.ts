/** Tells a repeated request from another one under the same id: a 53-bit hash, not meant against forgery. */

import type { Check, Operation } from "./transaction.js";

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
