/** Numbers texts in the order in which they come, exactly and off the heap. */

import { Column, zeros } from "./column.js";

const FIRST_SLOTS = 1 << 16;

/** A hash table with open addressing. It keeps the texts themselves, so that it never takes one for another. */
export class Numbering {
  /** Nothing, or a number plus one. At least half of them are free. */
  #slots = zeros(Uint32Array, FIRST_SLOTS);
  /** All texts, one after the other. */
  readonly #units = new Column(Uint16Array);
  /** Where each text ends. */
  readonly #ends = new Column(Uint32Array);

  get size(): number {
    return this.#ends.length;
  }

  /** A text that is not known gets the number `size`. */
  number(text: string): number {
    const begin = this.#units.length;
    for (let index = 0; index < text.length; index += 1) this.#units.push(text.charCodeAt(index));
    const slot = this.#slotOf(begin, this.#units.length);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) {
      this.#units.length = begin;
      return found - 1;
    }
    this.#slots[slot] = this.#ends.push(this.#units.length);
    if (this.size * 2 > this.#slots.length) this.#spread();
    return this.size - 1;
  }

  text(number: number): string {
    const codes: number[] = [];
    const end = this.#ends.at(number);
    for (let at = this.#begin(number); at < end; at += 1) codes.push(this.#units.at(at));
    return String.fromCharCode(...codes);
  }

  #begin(number: number): number {
    return number === 0 ? 0 : this.#ends.at(number - 1);
  }

  /** The slot of what is written there, or the free one where it belongs. */
  #slotOf(begin: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(begin, end) & mask;
    for (let found = this.#slots[slot] ?? 0; found > 0; found = this.#slots[slot] ?? 0) {
      if (this.#isEqual(found - 1, begin, end)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isEqual(number: number, begin: number, end: number): boolean {
    const shift = this.#begin(number) - begin;
    if (this.#ends.at(number) - end !== shift) return false;
    for (let at = begin; at < end; at += 1) {
      if (this.#units.at(at) !== this.#units.at(at + shift)) return false;
    }
    return true;
  }

  /** Each unit changes all bits that follow. */
  #hash(begin: number, end: number): number {
    let hash = end - begin;
    for (let at = begin; at < end; at += 1) {
      hash = Math.imul(hash ^ this.#units.at(at), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** Twice as many slots. */
  #spread(): void {
    this.#slots = zeros(Uint32Array, this.#slots.length * 2);
    for (let number = 0; number < this.size; number += 1) {
      this.#slots[this.#slotOf(this.#begin(number), this.#ends.at(number))] = number + 1;
    }
  }
}
