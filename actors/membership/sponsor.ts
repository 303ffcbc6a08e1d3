/**
 * The leader's part in the return of a replica: it copies what differs while transactions go on; then, while none does,
 * what has changed meanwhile and how transactions ended. After that the newcomer is as good as itself.
 */

import type { Message, Offer, Want } from "../message.js";
import type { Env, Outgoing } from "../protocol.js";
import { afterKey } from "../range.js";
import type { Concluded } from "../record.js";
import type { Entry, Key, KeyRange, NodeId, Stored, TxnId } from "../transaction.js";
import { VIEW_KEY } from "./view.js";

type Phase =
  /** Page by page, from this key on. */
  | { is: "copying"; start: Key | undefined }
  /** Nothing new begins. It waits until nothing is open, then goes on with what was written meanwhile. */
  | { is: "closing" }
  | { is: "telling"; records: readonly Concluded[] }
  | { is: "admitting" };

/** What it has to know of the transactions of its node. */
export type Transactions = {
  /** Whether none is open here. */
  isQuiet(): boolean;
  /** How they ended here. */
  ends(): Concluded[];
};

/** What is offered, what is told, and what is sent at once. */
const PAGE = 256;
const RECORDS = 512;
const BYTES = 1024 * 1024;

export class Sponsor {
  readonly newcomer: NodeId;
  #phase: Phase = { is: "copying", start: undefined };
  /** Never the same in two copies, so that nothing of an earlier one is taken for this one's. */
  #step: number;
  #waits = false;
  /** What was written since the copy began. */
  readonly #written = new Set<Key>();
  #last: Message | undefined;
  #next: Phase = this.#phase;

  constructor(newcomer: NodeId, step: number) {
    this.newcomer = newcomer;
    this.#step = step;
  }

  /** Whether nothing new may begin. */
  get isClosing(): boolean {
    return this.#phase.is !== "copying";
  }

  /** Whether it only waits until nothing is open. */
  get waits(): boolean {
    return this.#waits;
  }

  get isReady(): boolean {
    return this.#phase.is === "admitting";
  }

  get step(): number {
    return this.#step;
  }

  note(key: Key): void {
    if (key !== VIEW_KEY) this.#written.add(key);
  }

  /** The first page, or what was said last once more. */
  begin(env: Env): Outgoing[] {
    if (this.#last) return [{ target: this.newcomer, body: this.#last }];
    return this.#offerPage(env);
  }

  /** The newcomer wants these, or with none the next step. */
  onWant({ step, keys }: Want, around: Transactions, env: Env): Outgoing[] {
    if (step !== this.#step || this.#phase.is === "admitting") return [];
    if (keys.length > 0) return [this.#say({ kind: "rows", step, entries: this.#entries(keys, env) })];
    this.#phase = this.#next;
    return this.goOn(around, env);
  }

  /** The next step, unless it has to wait until nothing is open. */
  goOn(around: Transactions, env: Env): Outgoing[] {
    const phase = this.#phase;
    switch (phase.is) {
      case "copying":
        return this.#offerPage(env);
      case "closing":
        this.#waits = !around.isQuiet();
        return this.#waits ? [] : this.#offerWritten(around, env);
      case "telling":
        return this.#tell(phase.records);
      case "admitting":
        return [];
    }
  }

  #offerPage(env: Env): Outgoing[] {
    if (this.#phase.is !== "copying") return [];
    const { start } = this.#phase;
    const page = env.scan({ start }, PAGE);
    const last = page.length < PAGE ? undefined : page.at(-1);
    const end = last && afterKey(last.key);
    this.#next = end === undefined ? { is: "closing" } : { is: "copying", start: end };
    const versions = page.filter(({ key }) => key !== VIEW_KEY).map(({ key, stored }) => versionOf(key, stored));
    return [this.#offer({ start, end, versions, exact: false })];
  }

  /** Nothing is written any more. */
  #offerWritten(around: Transactions, env: Env): Outgoing[] {
    const page = [...this.#written].slice(0, PAGE);
    for (const key of page) this.#written.delete(key);
    this.#next = this.#written.size > 0 ? { is: "closing" } : { is: "telling", records: around.ends() };
    const versions = page.map((key) => versionOf(key, env.read(key)));
    return [this.#offer({ versions, exact: true })];
  }

  #tell(records: readonly Concluded[]): Outgoing[] {
    const page = records.slice(0, RECORDS);
    const rest = records.slice(RECORDS);
    this.#next = rest.length > 0 ? { is: "telling", records: rest } : { is: "admitting" };
    this.#step += 1;
    return [this.#say({ kind: "ends", step: this.#step, records: page })];
  }

  #offer(offer: Pick<Offer, "versions" | "exact"> & KeyRange): Outgoing {
    this.#step += 1;
    return this.#say({ kind: "offer", step: this.#step, ...offer });
  }

  /** As many as a message may hold, and one at least. */
  #entries(keys: readonly Key[], env: Env): (Pick<Entry, "key"> & Partial<Entry>)[] {
    const entries: (Pick<Entry, "key"> & Partial<Entry>)[] = [];
    let bytes = 0;
    for (const key of keys) {
      if (bytes > BYTES) break;
      const stored = env.read(key);
      entries.push({ key, ...(stored && { stored }) });
      bytes += stored?.value.length ?? 0;
    }
    return entries;
  }

  #say(body: Message): Outgoing {
    this.#last = body;
    return { target: this.newcomer, body };
  }
}

function versionOf(key: Key, stored: Stored | undefined): [Key, TxnId | null] {
  return [key, stored?.version ?? null];
}
