/**
 * Looks after the contents at one node, in its turns: what it is about to promise it takes over first (FILE1), and what
 * no file needs any more it removes (FILE3). So a content is never removed between a vote and what it rests on.
 */

import { CONTENTS, type Digest, markIn, marksOf } from "../../actors/file.js";
import type { Held } from "../../actors/locks.js";
import type { Output } from "../../actors/protocol.js";
import type { Key } from "../../actors/transaction.js";
import type { Contents } from "../../storage/contents.js";
import type { Storage } from "../../storage/storage.js";

/** Who knows what is promised. */
export type Promises = { locks(): readonly Held[] };

const PAGE = 1000;

export class Custodian {
  readonly #contents: Contents;
  readonly #storage: Pick<Storage, "scan">;
  readonly #core: Promises;
  /** Contents here that no committed file may need. */
  readonly #doubtful: Set<Digest>;

  /** After the replay. What was taken over before, and is needed by nobody, goes with the first turn. */
  constructor(contents: Contents, storage: Pick<Storage, "scan">, core: Promises) {
    this.#contents = contents;
    this.#storage = storage;
    this.#core = core;
    this.#doubtful = new Set(contents.all());
  }

  holds(digest: Digest): boolean {
    return this.#contents.holds(digest);
  }

  /** Before the turn is committed. */
  before({ records }: Output): void {
    const promised = records.flatMap(({ record }) => (record.kind === "prepared" ? record.writes : []));
    const needed = promised.filter(({ value }) => value !== undefined).flatMap(({ key }) => markIn(key)?.digest ?? []);
    if (needed.length === 0) return;
    this.#contents.adopt(needed);
    for (const digest of needed) this.#doubtful.add(digest);
  }

  /** After the turn is committed. */
  after({ records, writes }: Output): void {
    for (const { key } of writes) {
      const mark = markIn(key);
      if (mark) this.#doubtful.add(mark.digest);
    }
    if (this.#doubtful.size > 0 && (writes.length > 0 || records.some(({ record }) => record.kind === "concluded"))) {
      this.sweep();
    }
  }

  /** Removes what is needed by nobody. */
  sweep(): void {
    const promised = this.#promised();
    for (const digest of this.#doubtful) {
      if (promised.has(digest)) continue;
      this.#doubtful.delete(digest);
      if (!this.#isNeeded(digest)) this.#contents.remove(digest);
    }
  }

  /** Contents that files here need and that are not here, each with one of these files. */
  lacking(): { digest: Digest; path: string }[] {
    const kept = new Set(this.#contents.all());
    const lacking = new Map<Digest, string>();
    let start: Key | undefined = CONTENTS.start;
    for (let more = true; more; ) {
      const marks = this.#storage.scan({ ...CONTENTS, start }, PAGE);
      for (const { key } of marks) {
        const mark = markIn(key);
        if (mark && !kept.has(mark.digest)) lacking.set(mark.digest, mark.path);
      }
      start = `${marks.at(-1)?.key}\u0000`;
      more = marks.length === PAGE;
    }
    return [...lacking].map(([digest, path]) => ({ digest, path }));
  }

  /** Takes over what was staged in place of what is lost or damaged, if it is needed still. */
  mend(digest: Digest): boolean {
    if (!this.#isNeeded(digest)) return false;
    this.#contents.adopt([digest]);
    return true;
  }

  #isNeeded(digest: Digest): boolean {
    return this.#storage.scan(marksOf(digest), 1).length > 0;
  }

  #promised(): Set<Digest> {
    return new Set(this.#core.locks().flatMap(({ writes }) => writes.flatMap((key) => markIn(key)?.digest ?? [])));
  }
}
