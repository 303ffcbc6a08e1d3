/** The latest transactions, kept up to date while somebody looks: the cluster says when there is news, then it is asked. */

import { useEffect, useState } from "preact/hooks";
import type { TraceEvent, TraceSummary } from "../../../runtime/tracing-api.js";
import { ask, type Refusal } from "./ask.js";

/** Which ones: parts of ids, keys and reasons, and so on, as the cluster takes them. */
export type Filter = Record<string, string>;

export type Seen = {
  /** Newest first. Undefined before the first answer. */
  list: readonly TraceSummary[] | undefined;
  /** Of all transactions, from 0 to 1. */
  share: number;
  problem: Refusal | undefined;
};

const KEPT = 5000;
/** Asked for when there is news: the newest ones, and now and then all, of which some may have ended meanwhile. */
const LATEST = 300;
const ALL_EVERY_MS = 15_000;
const PAUSE_MS = 700;

/** What is seen of them, as long as the view that asks for it is open. */
export function useTransactions(filter: Filter): Seen {
  const [seen, see] = useState<Seen>({ list: undefined, share: 1, problem: undefined });
  const about = JSON.stringify(filter);
  useEffect(() => {
    see((before) => ({ ...before, list: undefined }));
    const follower = new Follower(JSON.parse(about) as Filter, (change) => see((before) => ({ ...before, ...change })));
    return () => follower.close();
  }, [about]);
  return seen;
}

class Follower {
  readonly #filter: Filter;
  readonly #tell: (change: Partial<Seen>) => void;
  readonly #events = new EventSource("v1/live");
  #list: readonly TraceSummary[] = [];
  #allAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(filter: Filter, tell: (change: Partial<Seen>) => void) {
    this.#filter = filter;
    this.#tell = tell;
    this.#events.onmessage = ({ data }) => this.#hear(JSON.parse(data as string) as TraceEvent[]);
    // It was away, or begins: whatever has happened meanwhile was not told.
    this.#events.onopen = () => {
      this.#allAt = 0;
      this.#soon();
    };
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#events.close();
  }

  #hear(events: readonly TraceEvent[]): void {
    for (const event of events) if (event.kind === "share") this.#tell({ share: event.share });
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.#look(), PAUSE_MS);
  }

  async #look(): Promise<void> {
    const all = Date.now() - this.#allAt > ALL_EVERY_MS;
    try {
      const query = { ...this.#filter, limit: String(all ? KEPT : LATEST) };
      const { traces } = await ask<{ traces: TraceSummary[] }>("v1/traces", query);
      if (all) this.#allAt = Date.now();
      this.#list = all ? traces : merged(traces, this.#list);
      if (!this.#closed) this.#tell({ list: this.#list, problem: undefined });
    } catch (error) {
      if (!this.#closed) this.#tell({ problem: error as Refusal });
    } finally {
      this.#timer = undefined;
    }
  }
}

/** The newest as they are now, then the others as they were. */
export function merged(newest: readonly TraceSummary[], before: readonly TraceSummary[]): TraceSummary[] {
  const known = new Set(newest.map(({ txn }) => txn));
  return [...newest, ...before.filter(({ txn }) => !known.has(txn))].slice(0, KEPT);
}
