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
  readonly #events: AsyncGenerator<WatchEvent, void>;
  #stopped = false;
  /** Ends what the watch is waiting for. */
  #interrupt: (() => void) | undefined;

  constructor(options: WatchOptions, poll: Poll) {
    this.#events = this.#pages(options, poll);
    this.started = this.#start(options, poll);
    // Whoever only iterates hears of it there.
    this.started.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent>> {
    const { done, value } = await this.#events.next();
    return done ? DONE : { done: false, value };
  }

  /** Nothing more comes, also when something is being waited for. */
  async return(): Promise<IteratorResult<WatchEvent>> {
    this.#stopped = true;
    this.#interrupt?.();
    await this.#events.return();
    return DONE;
  }

  async #start({ since, ...options }: WatchOptions, poll: Poll): Promise<string> {
    if (since !== undefined) return since;
    const page = await this.#patiently(() => poll(options));
    if (page) return page.position;
    throw new AyesError("closed", "the watch was over before it began");
  }

  async *#pages(options: WatchOptions, poll: Poll): AsyncGenerator<WatchEvent, void> {
    const start = await this.started.catch((error: AyesError) => {
      if (error.code !== "closed") throw error;
    });
    if (start === undefined) return;
    for (let since = start; !this.#stopped; ) {
      const query = { ...options, since };
      const page = await this.#patiently(() => poll(query));
      if (!page) return;
      for (const event of page.events) {
        yield event;
        if (this.#stopped) return;
      }
      since = page.position;
    }
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
