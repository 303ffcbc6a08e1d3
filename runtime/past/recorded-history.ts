/** The past of a recorded run: nodes, locks and values after every turn. A step is a turn of some node. */

import { compareKeys } from "../../actors/range.js";
import type { TransactionRecord } from "../../actors/record.js";
import type { Key, NodeId, TxnId } from "../../actors/transaction.js";
import { roleOf } from "../config.js";
import { AyesError } from "../errors.js";
import type { JournalLine } from "../journal.js";
import { journalText } from "../journal-text.js";
import type { Entry, Heading } from "../recording/entry.js";
import { shownLocks } from "../shown.js";
import type { Trace, TraceQuery, TraceSummary } from "../tracing-api.js";
import { JournalBook } from "./journal-book.js";
import type { History, Past, PastDoubt, PastMoment, PastQuery } from "./past-api.js";
import { RecordedNode } from "./recorded-node.js";
import { pageOf } from "./value-page.js";
import { isShown } from "./values.js";

/** Reads a recording as far as it goes. Throws what is wrong with it. */
export async function historyOfRecording(place: string, entries: AsyncIterable<Entry>): Promise<History> {
  let heading: Heading | undefined;
  const rest: Entry[] = [];
  for await (const entry of entries) {
    if (entry.kind === "recording") heading ??= entry;
    else rest.push(entry);
  }
  if (!heading) throw new AyesError("invalid", `${place} is no recording: it does not begin as one`);
  return new RecordedHistory(place, heading, rest);
}

const TEXT_MOST = 500;

class RecordedHistory implements History {
  readonly past: Past;
  readonly #heading: Heading;
  readonly #entries: readonly Entry[];
  /** Where the turns stand among the entries. */
  readonly #turns: number[];
  readonly #book: JournalBook;
  #nodes: Map<NodeId, RecordedNode> = new Map();
  /** How many entries are folded into the nodes. */
  #folded = 0;

  constructor(place: string, heading: Heading, entries: readonly Entry[]) {
    this.#heading = heading;
    this.#entries = entries;
    this.#turns = [...entries.entries()].flatMap(([index, { kind }]) => (kind === "turn" ? [index] : []));
    this.#book = new JournalBook(this.#ids, entries);
    this.#fold(entries.length);
    const { cluster, protocol, membership } = heading;
    this.past = {
      ...{ source: "recording" as const, place, cluster, protocol, membership },
      ...{ steps: this.#turns.length, first: 0, last: 0, complete: true },
      nodes: this.#shown(),
      inDoubt: this.#doubts(),
      locks: this.#locks(),
    };
  }

  stepAt(): number {
    throw new AyesError("invalid", "a recording goes by turns, not by positions: use --step");
  }

  at({ step, replica = this.#heading.replicas[0] ?? "", ...query }: PastQuery): PastMoment {
    const { steps } = this.past;
    if (!Number.isInteger(step) || step < 0 || step > steps) {
      throw new AyesError("invalid", `a step is a whole number from 0 to ${steps}, not ${step}`);
    }
    this.#fold(step === steps ? this.#entries.length : (this.#turns[step] ?? 0));
    const node = this.#nodes.get(replica);
    if (!node) throw new AyesError("no-such-node", `there is no node ${replica}; there are ${this.#ids.join(", ")}`);
    const line = this.#lineAt(step);
    return {
      step,
      ...(line && { event: { text: journalText(line).slice(0, TEXT_MOST), node: line.node, at: line.at } }),
      nodes: this.#shown(),
      locks: this.#locks(),
      inDoubt: this.#doubts(),
      ...pageOf({ keys: (prefix, from) => keysOf(node, prefix, from) }, (key) => node.data.get(key), query),
    };
  }

  transactions(query?: TraceQuery): TraceSummary[] {
    return this.#book.list(query);
  }

  trace(txn: string): Trace {
    return this.#book.trace(txn);
  }

  get #ids(): NodeId[] {
    const { coordinators, replicas } = this.#heading;
    return [...new Set([...coordinators, ...replicas])];
  }

  #lineAt(step: number): JournalLine | undefined {
    const entry = this.#entries[this.#turns[step - 1] ?? -1];
    return entry?.kind === "turn" ? entry.line : undefined;
  }

  /** Forward from where the nodes are, or all over again. */
  #fold(until: number): void {
    if (until < this.#folded || this.#nodes.size === 0) {
      this.#nodes = new Map(this.#ids.map((id) => [id, new RecordedNode(id, roleOf(id, this.#heading))]));
      this.#folded = 0;
    }
    for (; this.#folded < until; this.#folded += 1) this.#take(this.#entries[this.#folded] as Entry);
  }

  #take(entry: Entry): void {
    if (entry.kind === "standpoint") this.#nodes.get(entry.node)?.begin(entry);
    else if (entry.kind === "rows") this.#nodes.get(entry.node)?.take(entry);
    else if (entry.kind === "turn") this.#nodes.get(entry.line.node)?.turn(entry.line);
    else if (entry.kind === "life") this.#nodes.get(entry.life.node)?.live(entry.life);
  }

  #shown() {
    return [...this.#nodes.values()].map(({ shown }) => shown);
  }

  #locks() {
    return [...this.#nodes.values()].flatMap((node) => node.locks());
  }

  #doubts(): PastDoubt[] {
    const open = new Map<TxnId, PastDoubt>();
    for (const node of this.#nodes.values()) {
      for (const record of node.open()) {
        const doubt = open.get(record.txn) ?? doubtOf(record.txn);
        open.set(record.txn, doubt);
        noteDoubt(doubt, node, record);
      }
    }
    return [...open.values()];
  }
}

function doubtOf(txn: TxnId): PastDoubt {
  return { txn, keys: [], at: Number.POSITIVE_INFINITY, logs: {}, waitingFor: [] };
}

function noteDoubt(doubt: PastDoubt, node: RecordedNode, record: TransactionRecord): void {
  doubt.logs[node.id] = "outcome" in record ? `${record.kind} ${record.outcome}` : record.kind;
  if ("at" in record) doubt.at = Math.min(doubt.at, record.at);
  if ("coordinator" in record && !doubt.waitingFor.includes(record.coordinator))
    doubt.waitingFor.push(record.coordinator);
  const { writes = [], reads = [] } = node.promise(record.txn) ?? {};
  if (doubt.keys.length === 0) doubt.keys = shownLocks([...writes.map(({ key }) => key), ...reads]).keys;
}

function* keysOf({ data }: RecordedNode, prefix: Key, from: Key | undefined): Iterable<Key> {
  const isMeant = (key: Key) =>
    isShown(key) && key.startsWith(prefix) && (from === undefined || compareKeys(key, from) >= 0);
  yield* [...data.keys()].filter(isMeant).sort(compareKeys);
}
