/**
 * How the library hands over the data: keys as text, and rows opened where they lie, without a copy of either. It passes
 * the key through here before the row, which is opened under it.
 */

import { Broken } from "../actors/protocol.js";
import type { Key, Stored } from "../actors/transaction.js";
import { decodeStored } from "./codec.js";

/** At most so many bytes of UTF-8 for a unit of UTF-16. */
const WIDEST = 3;

export class RowReading {
  readonly #folder: string;
  #key: Key = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly keyEncoder = {
    /** Throws as the library expects when there is no room. */
    writeKey: (key: Key, target: Buffer, start: number): number => {
      this.#key = key;
      const room = target.length - start;
      if (key.length * WIDEST > room && Buffer.byteLength(key) > room) throw new RangeError("the key does not fit");
      return start + target.write(key, start);
    },
    readKey: (source: Buffer, start: number, end: number): Key => {
      this.#key = source.toString("utf8", start, end);
      return this.#key;
    },
  };

  readonly encoder = {
    decode: (row: Buffer): Stored => this.opened(this.#key, row),
    encode: (): never => {
      throw new Error("data is written by its bytes");
    },
  };

  opened(key: Key, row: Uint8Array): Stored {
    return openedRow(this.#folder, key, row);
  }
}

/** What a sealed row of data says. */
export function openedRow(folder: string, key: Key, row: Uint8Array): Stored {
  const stored = decodeStored(key, row);
  if (stored) return stored;
  throw new Broken("corrupt-data", `${folder}: the value of a key is damaged; restore the folder`);
}
