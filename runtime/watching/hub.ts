/**
 * All watchers of one program share one stream of changes, and a bounded memory of the newest ones.
 *
 * Nothing is queued for a watcher: it asks for what comes after its position. One that has fallen behind the memory, or
 * begins before it, is answered by a replica. The stream runs only while somebody asks.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Position } from "../../actors/transaction.js";
import { AyesError, asAyesError } from "../errors.js";
import { Ring, type Stretch } from "./ring.js";
import type { Question, Source } from "./source.js";

/** Of one answer of a replica. */
const LIMIT = 1000;
const PATIENCE_MS = 5000;
const PAUSE_MS = 50;
/** Nobody has asked for so long: the stream ends. */
const IDLE_MS = 10_000;

export class Hub {
  readonly #source: Source;
  #ring: Ring | undefined;
  #starting: Promise<void> | undefined;
  #askedAt = 0;
  /** Those who wait for the stream to go on. */
  #waiting = new Set<() => void>();
  #closed = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** What comes after a position: as soon as there is something, or nothing when the deadline is over. */
  async next(question: Question): Promise<Stretch> {
    if (this.#closed) throw new AyesError("closed");
    const { since, replica, prefix = "", limit, deadlineMs } = question;
    if (replica !== undefined || typeof since !== "number") return this.#source(question);
    const until = performance.now() + deadlineMs;
    for (let position: Position = since; ; ) {
      const ring = await this.#running();
      const rest = until - performance.now();
      if (!ring.covers(position)) {
        return this.#source({ ...question, since: position, deadlineMs: Math.max(1, Math.ceil(rest)) });
      }
      const stretch = ring.after(position, prefix, limit);
      if (stretch.changes.length > 0 || rest <= 0) return stretch;
      position = stretch.upTo;
      await this.#news(rest);
    }
  }

  /** Ends the stream, and every wait with `closed`. */
  close(): void {
    this.#closed = true;
    this.#ring = undefined;
    this.#wake();
  }

  /** The memory of a stream that runs; a new one begins where a replica stands now. */
  async #running(): Promise<Ring> {
    this.#askedAt = performance.now();
    if (!this.#ring && !this.#closed) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
    if (this.#closed || !this.#ring) throw new AyesError("closed");
    return this.#ring;
  }

  async #start(): Promise<void> {
    const { upTo } = await this.#source({ limit: 1, deadlineMs: PATIENCE_MS });
    if (this.#closed) return;
    this.#ring = new Ring(upTo);
    void this.#stream(this.#ring);
  }

  async #stream(ring: Ring): Promise<void> {
    while (this.#ring === ring) {
      try {
        ring.add(await this.#source({ since: ring.high, limit: LIMIT, deadlineMs: PATIENCE_MS }));
      } catch (error) {
        // No replica knows any more what came next: the stream begins anew, and who was behind is told by a replica.
        if (asAyesError(error).code === "watch-too-old") this.#ring = undefined;
        else await sleep(PAUSE_MS, undefined, { ref: false });
      }
      if (this.#waiting.size === 0 && performance.now() - this.#askedAt > IDLE_MS && this.#ring === ring) {
        this.#ring = undefined;
      }
      this.#wake();
    }
  }

  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
