/** What an attempt has read, and what it knows in advance because the attempt before it has read that. */

import { pathIn } from "../../actors/file.js";
import type { Check } from "../api.js";
import type { ReadResult, ScanPage, ScanQuery, Snapshot } from "../reading-api.js";

/** What to read in one go; keys as the core has them. */
export type Wanted = { keys: readonly string[]; scans: readonly ScanQuery[] };

/** As much as may be asked for at once. */
export const KEYS_AT_ONCE = 1000;
export const SCANS_AT_ONCE = 100;

export const NOTHING: Wanted = { keys: [], scans: [] };

export class Reads {
  readonly #keys = new Map<string, ReadResult>();
  readonly #pages = new Map<string, { query: ScanQuery; page: ScanPage }>();
  /** Read at the same moment as all else, but not by the function yet. */
  #ahead: { keys: Map<string, ReadResult>; pages: Map<string, ScanPage> } = { keys: new Map(), pages: new Map() };

  key(key: string): ReadResult | undefined {
    const ahead = this.#ahead.keys.get(key);
    if (ahead) this.#keys.set(key, ahead);
    this.#ahead.keys.delete(key);
    return this.#keys.get(key);
  }

  page(query: ScanQuery): ScanPage | undefined {
    const name = JSON.stringify(query);
    const ahead = this.#ahead.pages.get(name);
    if (ahead) this.#pages.set(name, { query, page: ahead });
    this.#ahead.pages.delete(name);
    return this.#pages.get(name)?.page;
  }

  /** What is asked for now will be true at another moment than what was read ahead, which is of no use then. */
  forgetAhead(): void {
    this.#ahead = { keys: new Map(), pages: new Map() };
  }

  take({ keys, scans }: Wanted, { entries, pages }: Snapshot): void {
    for (const [index, key] of keys.entries()) {
      const entry = entries[index];
      if (entry) this.#ahead.keys.set(key, entry);
    }
    for (const [index, query] of scans.entries()) {
      const page = pages[index];
      if (page) this.#ahead.pages.set(JSON.stringify(query), page);
    }
  }

  /** How many keys and ranges the function has read. */
  get size(): number {
    return this.#keys.size + this.#pages.size;
  }

  /** What the function has read. */
  all(): Wanted {
    return { keys: [...this.#keys.keys()], scans: [...this.#pages.values()].map(({ query }) => query) };
  }

  /** What the function has read, as preconditions. */
  checks(): Check[] {
    const keys = [...this.#keys.values()].map(({ key: read, version }): Check => {
      const path = typeof read === "string" ? pathIn(read) : undefined;
      if (path !== undefined) return version === undefined ? { path, is: "absent" } : { path, is: "version", version };
      const key = read;
      return version === undefined ? { key, is: "absent" } : { key, is: "version", version };
    });
    const pages = [...this.#pages.values()].map(({ page: { range, version } }): Check => {
      return { range, is: "rangeUnchanged", version };
    });
    return [...keys, ...pages];
  }
}

/** Each key and each range once, and of what is only expected as much as may be asked for at once. */
export function together(all: readonly Wanted[]): Wanted {
  const keys = new Set(all.flatMap((wanted) => wanted.keys));
  const scans = new Map(all.flatMap((wanted) => wanted.scans.map((query) => [JSON.stringify(query), query] as const)));
  return { keys: [...keys].slice(0, KEYS_AT_ONCE), scans: [...scans.values()].slice(0, SCANS_AT_ONCE) };
}
