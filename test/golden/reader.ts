/** What the client of a conversation has read: to hold on to it, and to require that it has not changed. */

import type { Message, Read } from "../../actors/message.js";
import { prefixRange } from "../../actors/range.js";
import type { Check, Key, KeyRange, TxnId } from "../../actors/transaction.js";

/** More than there is. */
const ALL = 1000;

export class Reader {
  /** By its number, what a question named, in the order in which it is answered. */
  readonly #asked = new Map<number, string[]>();
  readonly #versions = new Map<string, TxnId | undefined>();
  readonly #pages = new Map<string, { range: KeyRange; version: string }>();

  /** `a account/* holding b`, and `committed` if it is not to wait. `account/*` is all that begins so; `account/*2` two of them. */
  question(request: number, text: string): Read {
    const isCommitted = text.endsWith(" committed");
    const [wanted = "", held] = text.replace(/ committed$/, "").split(" holding ");
    const words = wanted.split(" ");
    const keys = words.filter((word) => !isRange(word));
    const ranges = words.filter(isRange);
    this.#asked.set(request, [...keys, ...ranges]);
    return {
      kind: "read",
      request,
      keys,
      ...(ranges.length > 0 && { ranges: ranges.map(queryOf) }),
      ...(held !== undefined && { held: held.split(" ").map((word) => this.check(word)) }),
      consistency: isCommitted ? "committed" : "linearizable",
      deadlineMs: 1000,
    };
  }

  hear(body: Message): void {
    if (body.kind !== "values" || !body.values) return;
    const { values, pages = [] } = body;
    for (const [index, word] of (this.#asked.get(body.request) ?? []).entries()) {
      const page = pages[index - values.length];
      if (page) this.#pages.set(word, { range: page.covered, version: page.version });
      else this.#versions.set(word, values[index]?.version);
    }
  }

  /** That it is as it was when it was read. */
  check(word: Key): Check {
    const page = this.#pages.get(word);
    if (page) return { ...page, is: "rangeUnchanged" };
    if (!this.#versions.has(word)) throw new Error(`${word} was not read before`);
    const version = this.#versions.get(word);
    return version === undefined ? { key: word, is: "absent" } : { key: word, is: "version", version };
  }
}

function isRange(word: string): boolean {
  return word.includes("*");
}

function queryOf(word: string): { range: KeyRange; limit: number; reverse: boolean } {
  const [prefix = "", limit] = word.split("*");
  return { range: prefixRange(prefix), limit: Number(limit) || ALL, reverse: false };
}
