/** Small numbers, as many as there are, off the heap: nothing limits them but the memory of the machine. */

import { freemem } from "node:os";
import { TooManyStates } from "./transition-system.js";

type Cells = Uint16Array | Uint32Array;
type Kind = { new (length: number): Cells; readonly BYTES_PER_ELEMENT: number };

const FIRST = 1 << 16;

/** Zeros. Throws where memory does not suffice. */
export function zeros(kind: Kind, length: number): Cells {
  if (length * kind.BYTES_PER_ELEMENT > freemem()) throw new TooManyStates(length >> 1);
  return new kind(length);
}

export class Column {
  /** What is beyond is overwritten. */
  length = 0;
  #cells: Cells;
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.#cells = zeros(kind, FIRST);
  }

  at(index: number): number {
    return this.#cells[index] ?? 0;
  }

  /** The length after that. */
  push(value: number): number {
    if (this.length === this.#cells.length) this.#grow();
    this.#cells[this.length] = value;
    this.length += 1;
    return this.length;
  }

  #grow(): void {
    const longer = zeros(this.#kind, this.length * 2);
    longer.set(this.#cells);
    this.#cells = longer;
  }
}
