/** Contents in memory, for simulation and tests. What was taken over or removed, and not flushed, may be undone by a crash. */

import type { Digest } from "../actors/file.js";
import type { Contents } from "./contents.js";

/** What survives a crash of the node: pass the same one on. */
export class MemoryContents implements Contents {
  /** What uploaders have put here, whole and on disk. */
  readonly staged = new Set<Digest>();
  readonly #kept = new Set<Digest>();
  #durable: ReadonlySet<Digest> = new Set();

  take(digest: Digest): boolean {
    if (this.staged.has(digest)) this.#kept.add(digest);
    return this.#kept.has(digest);
  }

  mend(digest: Digest): boolean {
    return this.take(digest);
  }

  flush(): void {
    this.#durable = new Set(this.#kept);
  }

  all(): Iterable<Digest> {
    return [...this.#kept];
  }

  isThere(digest: Digest): boolean {
    return this.#kept.has(digest);
  }

  /** Whether a crash leaves it. */
  isDurable(digest: Digest): boolean {
    return this.#durable.has(digest);
  }

  remove(digest: Digest): void {
    this.#kept.delete(digest);
  }

  /** The power fails: of what was not flushed, that survives of which `survives` says so. */
  lose(survives: () => boolean): void {
    for (const digest of new Set([...this.#durable, ...this.#kept])) {
      const was = this.#durable.has(digest);
      if (was === this.#kept.has(digest) || survives()) continue;
      if (was) this.#kept.add(digest);
      else this.#kept.delete(digest);
    }
    this.flush();
  }
}
