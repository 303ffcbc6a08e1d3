/** What a run left behind on disks and in messages, gathered while it runs: the judge rests on nothing else. */

import { decodeView, VIEW_KEY, type View } from "../../actors/membership/view.js";
import { isWithin } from "../../actors/range.js";
import { type Concluded, isEnd, type LogRecord, type Prepared } from "../../actors/record.js";
import type { Key, KeyRange, NodeId, Outcome, TxnId, Write } from "../../actors/transaction.js";
import type { Membership } from "../config.js";
import type { JournalLine } from "../journal.js";
import type { Reading } from "./history.js";

/** The writer of a key that nobody has written. */
export const NOBODY: TxnId = "";

/** A transaction and which attempt at it. */
type Attempt = string;

/** Whose writes were on keys, and on all keys of some ranges: those that are not named had not been written. */
type Found = { keys: ReadonlyMap<Key, TxnId>; ranges: readonly KeyRange[] };

/** What one replica did, in the order of its own log. */
type Replica = {
  promised: Map<Attempt, readonly Write[]>;
  concluded: Set<Attempt>;
  /** Who wrote a key last, by putting or by deleting; and who had before the last turn. */
  writer: Map<Key, TxnId>;
  before: ReadonlyMap<Key, TxnId>;
};

export class Evidence {
  /** Each outcome of an attempt that somebody recorded durably or told, and the first who did. */
  readonly #outcomes = new Map<Attempt, Map<Outcome, NodeId>>();
  /** Transactions that committed, and in which attempt. */
  readonly #committed = new Map<TxnId, number>();
  /** Whose writes a transaction found on its keys and in its ranges when it was first promised. */
  readonly #found = new Map<Attempt, Found>();
  /** Every key that was ever written. */
  readonly #keys = new Set<Key>();
  /** By an answer, the very object: whose writes the replica had after the turn in which it answered, and before. */
  readonly #answered = new Map<object, ReadonlyMap<Key, TxnId>[]>();
  /** Whose writes a leader had when it began to change who the members are. */
  readonly #changes = new Map<Attempt, ReadonlyMap<Key, TxnId>>();
  readonly findings: string[] = [];
  readonly #membership: Membership;
  readonly #replicas = new Map<NodeId, Replica>();

  /** Only those that hold data must have promised what they commit. */
  constructor(replicas: readonly NodeId[], membership: Membership) {
    this.#membership = membership;
    for (const node of replicas) {
      const writer = new Map<Key, TxnId>();
      this.#replicas.set(node, { promised: new Map(), concluded: new Set(), writer, before: writer });
    }
  }

  /** Records that are durable at a node, in order. Those that it has again after a restart say nothing new. */
  durable(node: NodeId, records: readonly LogRecord[], writes: readonly Write[]): void {
    for (const record of records) {
      if (record.kind === "prepared") this.#promise(node, record);
      else if (isEnd(record)) {
        this.#outcome(node, record);
        if (record.kind === "concluded" && record.outcome === "committed") this.#conclude(node, record);
      }
    }
    for (const write of writes) this.#wrote(node, write);
  }

  /** Also what a replica was copied by another one. A deletion does not say there whose it was. */
  #wrote(node: NodeId, { key, value, version }: Write): void {
    this.#keys.add(key);
    const replica = this.#replicas.get(node);
    const known = replica?.writer.get(key);
    const isOwn = replica?.concluded.has(nameOf(version, this.#committed.get(version) ?? 0));
    if (!replica || key === VIEW_KEY || isOwn) return;
    if (value !== undefined) replica.writer.set(key, version);
    else if (known !== undefined && this.#leaves(known, key)) replica.writer.set(key, this.#deleterOf(key));
  }

  #deleterOf(key: Key): TxnId {
    const writers = [...this.#replicas.values()].map(({ writer }) => writer.get(key));
    return writers.find((writer) => writer !== undefined && !this.#leaves(writer, key)) ?? NOBODY;
  }

  /** A leader that is about to admit somebody: nothing is open there. */
  #admits(node: NodeId, { leader }: View, change: Attempt): void {
    const replica = this.#replicas.get(node);
    if (replica && node === leader) this.#changes.set(change, new Map(replica.writer));
  }

  /** Whoever is made a member is as its leader was: also about deletions, which leave nothing to be copied. */
  #caughtUp(replica: Replica, change: Attempt): void {
    const writer = this.#changes.get(change);
    if (writer) replica.writer = new Map(writer);
  }

  /** Messages that left a node. */
  line({ node, messages }: JournalLine): void {
    for (const { body } of messages) {
      if (body.kind === "decide" && !body.presumed) this.#outcome(node, body);
      if (body.kind === "values" && body.values) this.#answered.set(body.values, this.#writersAt(node));
    }
    const replica = this.#replicas.get(node);
    if (replica) replica.before = new Map(replica.writer);
  }

  /** Whose writes a reader found on its keys and in its ranges, if its answer is known. A turn may answer before it writes. */
  read({ keys, values, pages, answer }: Reading): ReadonlyMap<Key, TxnId> | undefined {
    const [after, before] = this.#answered.get(answer) ?? [];
    if (!after || !before) return undefined;
    const seen = new Map<Key, TxnId | undefined>();
    for (const { range } of pages) for (const key of this.#keysIn(range)) seen.set(key, undefined);
    for (const { entries } of pages) for (const { key, stored } of entries) seen.set(key, stored.version);
    for (const [index, key] of keys.entries()) seen.set(key, values[index]?.version);
    const found = new Map<Key, TxnId>();
    for (const [key, version] of seen) {
      // What is there says who wrote it. What is not was deleted, or never written: by whom, one turn may leave open.
      if (version === undefined && after.get(key) !== before.get(key)) return undefined;
      found.set(key, version ?? after.get(key) ?? NOBODY);
    }
    return found;
  }

  #keysIn(range: KeyRange): Key[] {
    return [...this.#keys].filter((key) => isWithin(key, range));
  }

  committed(txn: TxnId): boolean {
    return this.#committed.has(txn);
  }

  /** What a committed transaction wrote. */
  writesOf(txn: TxnId): readonly Write[] {
    const name = nameOf(txn, this.#committed.get(txn) ?? 0);
    for (const { promised } of this.#replicas.values()) {
      const writes = promised.get(name);
      if (writes) return writes;
    }
    return [];
  }

  /** Committed transactions that wrote anything. */
  writers(): TxnId[] {
    return [...this.#committed.keys()].filter((txn) => this.writesOf(txn).length > 0);
  }

  /** Whose writes a committed transaction found on its keys and in its ranges. */
  found(txn: TxnId): ReadonlyMap<Key, TxnId> | undefined {
    const attempt = this.#committed.get(txn);
    const found = attempt === undefined ? undefined : this.#found.get(nameOf(txn, attempt));
    if (!found) return undefined;
    const unwritten = found.ranges.flatMap((range) => this.#keysIn(range)).map((key) => [key, NOBODY] as const);
    return new Map([...unwritten, ...found.keys]);
  }

  #promise(node: NodeId, { txn, attempt, writes, reads, ranges = [] }: Prepared): void {
    const replica = this.#replicas.get(node);
    const name = nameOf(txn, attempt);
    if (!replica || replica.promised.has(name)) return;
    this.#compareWrites(node, { txn, attempt }, writes);
    replica.promised.set(name, writes);
    const change = writes.find(({ key }) => key === VIEW_KEY)?.value;
    if (change !== undefined) this.#admits(node, decodeView(change), name);
    const named = [...writes.map(({ key }) => key), ...reads].filter((key) => key !== VIEW_KEY);
    for (const key of named) this.#keys.add(key);
    const ranged = [...replica.writer.keys()].filter((key) => ranges.some((range) => isWithin(key, range)));
    const found = new Map([...ranged, ...named].map((key) => [key, replica.writer.get(key) ?? NOBODY]));
    const first = this.#found.get(name);
    if (first) this.#compare(node, { txn, attempt }, found, first.keys);
    else this.#found.set(name, { keys: found, ranges });
  }

  /** They have to agree on what it comes to, and on when that expires. */
  #compareWrites(node: NodeId, about: { txn: TxnId; attempt: number }, writes: readonly Write[]): void {
    const first = [...this.#replicas.values()].map(({ promised }) => promised.get(nameOf(about.txn, about.attempt)));
    const [here, elsewhere] = [writes, first.find((known) => known !== undefined) ?? writes].map(textOf);
    if (here === elsewhere) return;
    this.#differences.push({ ...about, text: `${about.txn} was promised as ${here} at ${node}, and as ${elsewhere}` });
  }

  /** Only if it committed did they have to see the same. */
  #compare(
    node: NodeId,
    about: { txn: TxnId; attempt: number },
    found: ReadonlyMap<Key, TxnId>,
    first: ReadonlyMap<Key, TxnId>,
  ): void {
    for (const key of new Set([...found.keys(), ...first.keys()])) {
      const [here, elsewhere] = [found.get(key) || "nobody", first.get(key) || "nobody"];
      if (here === elsewhere) continue;
      const text = `${about.txn} found ${key} written by ${here} at ${node}, and by ${elsewhere} elsewhere`;
      this.#differences.push({ ...about, text });
    }
  }

  readonly #differences: { txn: TxnId; attempt: number; text: string }[] = [];

  /** Committed transactions that replicas judged on different data. */
  differences(): string[] {
    return this.#differences.filter(({ txn, attempt }) => this.#committed.get(txn) === attempt).map(({ text }) => text);
  }

  #conclude(node: NodeId, { txn, attempt }: Concluded): void {
    const replica = this.#replicas.get(node);
    const name = nameOf(txn, attempt);
    if (!replica || replica.concluded.has(name)) return;
    const { concluded, promised, writer } = replica;
    concluded.add(name);
    const writes = promised.get(name);
    // In an up-set it may have heard of it when it caught up.
    if (!writes && this.#membership === "all") {
      this.findings.push(`${node} concluded ${txn}, which it had not promised`);
    }
    for (const { key, value } of writes ?? []) {
      if (key !== VIEW_KEY) writer.set(key, txn);
      else if (value !== undefined) this.#caughtUp(replica, name);
    }
  }

  #writersAt(node: NodeId): ReadonlyMap<Key, TxnId>[] {
    const replica = this.#replicas.get(node);
    return replica ? [new Map(replica.writer), replica.before] : [];
  }

  /** Whether this transaction put something under a key. */
  #leaves(writer: TxnId, key: Key): boolean {
    const name = nameOf(writer, this.#committed.get(writer) ?? 0);
    for (const { promised } of this.#replicas.values()) {
      const write = promised.get(name)?.find((write) => write.key === key);
      if (write) return write.value !== undefined;
    }
    return false;
  }

  #outcome(node: NodeId, { txn, attempt, outcome }: { txn: TxnId; attempt: number; outcome: Outcome }): void {
    const name = nameOf(txn, attempt);
    const known = this.#outcomes.get(name) ?? new Map<Outcome, NodeId>();
    this.#outcomes.set(name, known);
    if (known.has(outcome)) return;
    known.set(outcome, node);
    if (known.size > 1) {
      this.findings.push(`${txn} is committed for ${known.get("committed")} and aborted for ${known.get("aborted")}`);
    }
    if (outcome === "aborted") return;
    const other = this.#committed.get(txn) ?? attempt;
    if (other !== attempt) this.findings.push(`${txn} committed twice, in the attempts ${other} and ${attempt}`);
    this.#committed.set(txn, attempt);
  }
}

function textOf(writes: readonly Write[]): string {
  return writes.map(({ key, value }) => `${JSON.stringify(key)} = ${value ?? "nothing"}`).join(" ");
}

function nameOf(txn: TxnId, attempt: number): Attempt {
  return `${txn} ${attempt}`;
}
