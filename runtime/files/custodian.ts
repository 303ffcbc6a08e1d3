/**
 * Looks after the contents at one node, in its turns: what it may promise it takes over, and has it on disk before the
 * promise (FILE1); what no file needs any more it removes (FILE3). So a content is never removed between a vote and what
 * it rests on.
 */

import { CONTENTS, type Digest, markIn, marksOf } from "../../actors/file.js";
import type { Held } from "../../actors/locks.js";
import type { Output } from "../../actors/protocol.js";
import { afterKey } from "../../actors/range.js";
import { letsGo } from "../../actors/record.js";
import type { Key } from "../../actors/transaction.js";
import type { Contents } from "../../storage/contents.js";
import type { Storage } from "../../storage/storage.js";

/** Who knows what is promised. */
export type Promises = { locks(): readonly Held[] };

/** A content that is not here, and a file that needs it, or is promised to. */
export type Lack = { digest: Digest; path: string };
/** Some of what is lacking, and from where on there may be more. */
export type LackPage = { lacking: Lack[]; next?: Key };
/** Whether a committed or promised file needs a content, and whether there is a file of it. */
export type Standing = { needed: boolean; here: boolean };

const PAGE = 1000;

export class Custodian {
  readonly #contents: Contents;
  readonly #storage: Pick<Storage, "scan">;
  readonly #core: Promises;
  /** Contents here that no committed file may need. */
  readonly #doubtful: Set<Digest>;
  #isDue = false;

  /** After the replay. What was taken over before, and is needed by nobody, goes at once. */
  constructor(contents: Contents, storage: Pick<Storage, "scan">, core: Promises) {
    this.#contents = contents;
    this.#storage = storage;
    this.#core = core;
    this.#doubtful = new Set(contents.all());
    this.#sweep();
  }

  /** Whether it is here. Whoever asks is about to promise it, or refuses for another reason. */
  holds(digest: Digest): boolean {
    if (!this.#contents.take(digest)) return false;
    this.#doubt(digest);
    return true;
  }

  /** Before the turn is committed. */
  before({ records }: Output): void {
    if (records.some(({ record }) => record.kind === "prepared")) this.#contents.flush();
  }

  /** After the turn is committed. */
  after({ records, writes }: Output): void {
    for (const { key } of writes) {
      const mark = markIn(key);
      if (mark) this.#doubt(mark.digest);
    }
    if (this.#isDue || records.some(({ record }) => letsGo(record))) this.#sweep();
  }

  /** Contents that files here need and that are not here, page by page. */
  lacking(start: Key | undefined = undefined): LackPage {
    const marks = this.#storage.scan({ ...CONTENTS, ...(start !== undefined && { start }) }, PAGE);
    const lacking = new Map<Digest, string>();
    for (const key of [...marks.map(({ key }) => key), ...(start === undefined ? this.#promises() : [])]) {
      const mark = markIn(key);
      if (mark && !this.#contents.isThere(mark.digest)) lacking.set(mark.digest, mark.path);
    }
    const last = marks.length === PAGE ? marks.at(-1) : undefined;
    return {
      lacking: [...lacking].map(([digest, path]) => ({ digest, path })),
      ...(last && { next: afterKey(last.key) }),
    };
  }

  /** Takes over what was staged in place of what is lost or damaged, if it is needed still. On disk when it returns. */
  mend(digest: Digest): boolean {
    if (!this.#isNeeded(digest) || !this.#contents.mend(digest)) return false;
    this.#contents.flush();
    this.#doubt(digest);
    return true;
  }

  standing(digest: Digest): Standing {
    return { needed: this.#isNeeded(digest), here: this.#contents.isThere(digest) };
  }

  #doubt(digest: Digest): void {
    this.#doubtful.add(digest);
    this.#isDue = true;
  }

  /** Removes what is needed by nobody. */
  #sweep(): void {
    this.#isDue = false;
    if (this.#doubtful.size === 0) return;
    const promised = this.#promised();
    for (const digest of this.#doubtful) {
      if (promised.has(digest)) continue;
      this.#doubtful.delete(digest);
      if (!this.#isMarked(digest)) this.#contents.remove(digest);
    }
  }

  #isNeeded(digest: Digest): boolean {
    return this.#isMarked(digest) || this.#promised().has(digest);
  }

  #isMarked(digest: Digest): boolean {
    return this.#storage.scan(marksOf(digest), 1).length > 0;
  }

  #promised(): Set<Digest> {
    return new Set(this.#promises().map((key) => markIn(key)?.digest ?? ""));
  }

  /** The marks that undecided transactions write. */
  #promises(): Key[] {
    return this.#core.locks().flatMap(({ writes }) => writes.filter((key) => markIn(key) !== undefined));
  }
}
