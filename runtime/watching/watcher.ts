/** A watch: pages of changes asked for one after the other, over everything that passes. */

import { setTimeout as sleep } from "node:timers/promises";
import { AyesError, type ErrorCode } from "../errors.js";
import type { ChangesPage, ChangesQuery, Watch, WatchEvent, WatchOptions } from "../watching-api.js";

type Poll = (query: ChangesQuery) => Promise<ChangesPage>;

/** These pass: a node or a connection is away, and will be back. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["unavailable", "timeout", "gateway-lost", "no-cluster", "overloaded"]);
const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 1000;
const DONE: IteratorResult<WatchEvent> = { done: true, value: undefined };

export class Watcher implements Watch {
  readonly started: Promise<string>;
  readonly #options: WatchOptions;
  readonly #poll: Poll;
  #events: readonly WatchEvent[] = [];
  /** How many of `#events` were taken. */
  #taken = 0;
  /** What comes behind this position is to be asked for. */
  #since: string | undefined;
  /** How many wait for an event; the last of them. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;
  /** Ends what the watch is waiting for. */
  #interrupt: (() => void) | undefined;

  constructor(options: WatchOptions, poll: Poll) {
    this.#options = options;
    this.#poll = poll;
    this.started = this.#start();
    // Whoever only iterates hears of it there.
    this.started.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Most events are at hand: no more is done for them than has to be. */
  next(): Promise<IteratorResult<WatchEvent>> {
    const event = this.#waiting === 0 ? this.#take() : undefined;
    return event ? Promise.resolve({ done: false, value: event }) : this.#queue();
  }

  /** Nothing more comes, also when something is being waited for. */
  async return(): Promise<IteratorResult<WatchEvent>> {
    this.#stopped = true;
    this.#interrupt?.();
    return DONE;
  }

  async #start(): Promise<string> {
    const { since, ...options } = this.#options;
    if (since !== undefined) return since;
    const page = await this.#patiently(() => this.#poll(options));
    if (page) return page.position;
    throw new AyesError("closed", "the watch was over before it began");
  }

  #take(): WatchEvent | undefined {
    const event = this.#stopped ? undefined : this.#events[this.#taken];
    if (event) this.#taken += 1;
    return event;
  }

  /** Whoever asks while others wait comes after them. */
  async #queue(): Promise<IteratorResult<WatchEvent>> {
    const before = this.#last;
    const turn = before.then(() => this.#fetch());
    this.#last = turn.catch(() => {});
    this.#waiting += 1;
    try {
      const value = await turn;
      return value ? { done: false, value } : DONE;
    } catch (error) {
      this.#stopped = true;
      throw error;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** The next event; undefined when the watch is over. Every round waits for a page, and a page for its deadline. */
  async #fetch(): Promise<WatchEvent | undefined> {
    while (!this.#stopped) {
      const event = this.#take();
      if (event) return event;
      this.#since ??= await this.#begin();
      const query = { ...this.#options, since: this.#since };
      const page = this.#since === undefined ? undefined : await this.#patiently(() => this.#poll(query));
      if (!page) this.#stopped = true;
      else {
        this.#events = page.events;
        this.#taken = 0;
        this.#since = page.position;
      }
    }
    return undefined;
  }

  #begin(): Promise<string | undefined> {
    return this.started.catch((error: AyesError) => {
      if (error.code === "closed") return undefined;
      throw error;
    });
  }

  /** Undefined when the watch is over. */
  async #patiently(work: () => Promise<ChangesPage>): Promise<ChangesPage | undefined> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#stopped; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      try {
        return await this.#unlessStopped(work());
      } catch (error) {
        if (!(error instanceof AyesError)) throw error;
        if (error.code === "closed") return undefined;
        if (!PASSING.has(error.code)) throw error;
        await this.#unlessStopped(sleep(pauseMs));
      }
    }
    return undefined;
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(undefined);
      work.then(resolve, reject);
    });
  }
}
