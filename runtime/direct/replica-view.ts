/**
 * A replica as another thread of the program reads it, without asking it.
 *
 * Why this is what the replica itself would answer at one moment (`actors/readers.ts`), so strictly serializable:
 *
 * 1. A replica raises the counts of the keys that it promises before its promise leaves, and lowers them after the commit
 *    that concludes is on disk and can be read. In between it raises the count of changes. (`runtime/loop.ts`)
 * 2. A look takes the count of changes, reads everything from one moment of the store that is not older than that, then
 *    finds the counts of its keys at zero, then finds the count of changes as it was.
 * 3. The moment of the answer is that at which the first of these zeros was found. Take any transaction that writes what
 *    was looked at, and that the replica had promised by then. It was concluded when its key was found free. Its commit
 *    had raised the count of changes by then: not while we read, as we saw; so before, and what we read contains it.
 * 4. Any other one had not been promised here by then, so nobody was told yet that it has committed: that takes the
 *    promise of every replica that serves. Whoever was told before the look began, finds his write in it.
 *
 * A replica that serves no more must not be read where the others go on without it. Its signals say so before the
 * supervisor tells them of its death, and the look ends with whether it still serves. Then in 4 everybody still waits
 * for its promise. A replica that comes back has new signals, with the counts of its promises, before it serves.
 */

import { type Seen, see } from "../../actors/readers.js";
import type { Key, NodeId, Position } from "../../actors/transaction.js";
import { StoreReader } from "../../storage/reader.js";
import type { ReadQuestion } from "../gateway/gateway.js";
import { placeOf, Signals } from "./signals.js";

/** A replica that can be read from other threads. */
export type Readable = { node: NodeId; folder: string; signals: SharedArrayBuffer };

type Looked = Seen & { waited: boolean; position: Position };

/** While changes come in between, a look is tried again so often. */
const TRIES = 3;
/** So long may the store have to keep pages for a reader that reads no more. */
const REST_AFTER_MS = 20;

export class ReplicaView {
  readonly node: NodeId;
  readonly #folder: string;
  readonly #signals: Signals;
  #reader: StoreReader | undefined;
  /** The count of changes that the reader's moment has, at least. */
  #changes: number | undefined;
  /** All commits up to here are in that moment; what commits later comes behind it. */
  #position: Position = 0;
  #resting: NodeJS.Timeout | undefined;

  constructor({ node, folder, signals }: Readable) {
    this.node = node;
    this.#folder = folder;
    this.#signals = new Signals(signals);
  }

  get isServing(): boolean {
    return this.#signals.isServing;
  }

  /** Undefined when the replica itself has to be asked. */
  look(question: ReadQuestion): Looked | undefined {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { changes } = this.#signals;
      const isLinearizable = question.consistency === "linearizable";
      const free = isLinearizable ? this.#freedom(question) : undefined;
      if (free?.() === false) return undefined;
      const reader = this.#renewed(changes);
      if (!reader) return undefined;
      const seen: Seen = see(question, { read: (key) => reader.get(key), scan: (...asked) => reader.scan(...asked) });
      if (free?.() === false) return undefined;
      if (isLinearizable && this.#signals.changes !== changes) continue;
      return this.isServing ? Object.assign(seen, { waited: false, position: this.#position }) : undefined;
    }
    return undefined;
  }

  close(): void {
    clearTimeout(this.#resting);
    this.#reader?.close();
    this.#reader = undefined;
  }

  /** Tells whether nothing that is asked for, or has to hold, has an undecided write. */
  #freedom({ keys, ranges = [], held = [] }: ReadQuestion): () => boolean {
    if (ranges.length > 0 || held.some((check) => "range" in check)) return () => this.#signals.isQuiet;
    const all: Key[] = [...keys, ...held.flatMap((check) => ("key" in check ? [check.key] : []))];
    const places = all.map(placeOf);
    return () => this.#signals.areFree(places);
  }

  /** A reader whose moment has all these changes. Undefined while there is too much to catch up with. */
  #renewed(changes: number): StoreReader | undefined {
    this.#reader ??= new StoreReader(this.#folder);
    if (this.#changes === changes) return this.#reader;
    this.#changes = undefined;
    this.#position = this.#signals.frontier;
    if (!this.#reader.renew()) return undefined;
    this.#changes = changes;
    this.#resting ??= setTimeout(() => this.#rest(), REST_AFTER_MS).unref();
    return this.#reader;
  }

  #rest(): void {
    this.#resting = undefined;
    this.#changes = undefined;
    this.#reader?.rest();
  }
}
