/** How far a transfer of bytes is, for whoever shows it, and that it shall stop. */

export class Transfer {
  what = "";
  done = 0;
  of = 0;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal = new AbortController().signal) {
    this.#signal = signal;
  }

  /** Another part of the work, of so many bytes. */
  begin(what: string, of: number): void {
    this.what = what;
    this.done = 0;
    this.of = of;
  }

  /** Throws when it shall stop: what was begun is cleared away by whoever has begun it. */
  readonly add = (bytes: number): void => {
    this.#signal.throwIfAborted();
    this.done += bytes;
  };
}

/** Does the work for all, a few at once. The first failure is thrown when what is under way has ended. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const item = items[next++] as T;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const failure = ended.find((end) => end.status === "rejected");
  if (failure) throw failure.reason;
}
