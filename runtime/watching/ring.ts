/** The newest changes, in order and without a gap, within bounds. */

import type { Change, Position } from "../../actors/transaction.js";

/** Changes up to a position. */
export type Stretch = { changes: Change[]; upTo: Position };

const MOST_CHANGES = 16_384;
const MOST_BYTES = 16 * 1024 * 1024;

export class Ring {
  #changes: Change[] = [];
  #bytes = 0;
  /** It holds everything after `#low`, up to `#high`. */
  #low: Position;
  #high: Position;

  constructor(start: Position) {
    this.#low = start;
    this.#high = start;
  }

  get high(): Position {
    return this.#high;
  }

  /** Whether it can tell what comes after this position, now or later. */
  covers(since: Position): boolean {
    return since >= this.#low;
  }

  /** What comes next. */
  add({ changes, upTo }: Stretch): void {
    for (const change of changes) {
      this.#changes.push(change);
      this.#bytes += sizeOf(change);
    }
    this.#high = upTo;
    if (this.#changes.length > MOST_CHANGES || this.#bytes > MOST_BYTES) this.#shorten();
  }

  /** As many as are wanted, and all of the last position. */
  after(since: Position, prefix: string, limit: number): Stretch {
    const found: Change[] = [];
    let last: Position | undefined;
    for (let index = this.#firstAfter(since); index < this.#changes.length; index += 1) {
      const change = this.#changes[index];
      if (!change) break;
      if (found.length >= limit && change.position !== last) return { changes: found, upTo: last ?? since };
      last = change.position;
      const writes = change.writes.filter(({ key }) => key.startsWith(prefix));
      if (writes.length > 0) found.push({ ...change, writes });
    }
    return { changes: found, upTo: Math.max(since, this.#high) };
  }

  /** The older half goes, with all of the last position that does. */
  #shorten(): void {
    const middle = this.#changes[this.#changes.length >>> 1]?.position ?? this.#high;
    const gone = this.#changes.splice(0, this.#firstAfter(middle));
    for (const change of gone) this.#bytes -= sizeOf(change);
    this.#low = middle;
  }

  #firstAfter(since: Position): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.position ?? 0) > since) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function sizeOf({ writes }: Change): number {
  return writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 64);
}
