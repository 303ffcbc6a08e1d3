/** What a run left behind on disks and in messages, gathered while it runs: the judge rests on nothing else. */

import { isEnd, type LogRecord } from "../../actors/record.js";
import type { Key, NodeId, Outcome, TxnId, Write } from "../../actors/transaction.js";
import type { JournalLine } from "../journal.js";
import type { Reading } from "./history.js";

/** The writer of a key that nobody has written. */
export const NOBODY: TxnId = "";

/** What one replica did, in the order of its own log. */
type Replica = {
  promised: Map<TxnId, readonly Write[]>;
  concluded: Set<TxnId>;
  /** Who wrote a key last, by putting or by deleting. */
  writer: Map<Key, TxnId>;
  /** The same before this turn and after each transaction in it, the last first. */
  moments: ReadonlyMap<Key, TxnId>[];
};

export class Evidence {
  /** Each outcome of an attempt that somebody recorded durably or told, and the first who did. */
  readonly #outcomes = new Map<string, Map<Outcome, NodeId>>();
  /** Transactions that committed, and in which attempt. */
  readonly #committed = new Map<TxnId, number>();
  /** Whose writes a transaction found on its keys when it was promised, and the first replica that promised. */
  readonly found = new Map<TxnId, Map<Key, TxnId>>();
  /** By an answer, the very object: whose writes the replica had at each moment of the turn in which it answered. */
  readonly #answered = new Map<object, ReadonlyMap<Key, TxnId>[]>();
  readonly findings: string[] = [];
  readonly #replicas = new Map<NodeId, Replica>();

  /** Only those that hold data must have promised what they commit. */
  constructor(replicas: readonly NodeId[]) {
    for (const node of replicas) {
      const replica = { promised: new Map(), concluded: new Set<TxnId>(), writer: new Map(), moments: [new Map()] };
      this.#replicas.set(node, replica);
    }
  }

  /** Records that are durable at a node, in order. Those that it has again after a restart say nothing new. */
  durable(node: NodeId, records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.kind === "prepared") this.#promise(node, record.txn, record.writes, record.reads);
      else if (isEnd(record)) {
        this.#outcome(node, record);
        if (record.kind === "concluded" && record.outcome === "committed") this.#conclude(node, record.txn);
      }
    }
  }

  /** Messages that left a node. */
  line({ node, messages }: JournalLine): void {
    for (const { body } of messages) {
      if (body.kind === "decide" && !body.presumed) this.#outcome(node, body);
      if (body.kind === "values" && body.values) this.#answered.set(body.values, this.#writersAt(node));
    }
    const replica = this.#replicas.get(node);
    if (replica) replica.moments.length = 1;
  }

  /** Whose writes a reader found on its keys, if its answer is known. A turn may answer before it writes. */
  read({ keys, values }: Pick<Reading, "keys" | "values">): Map<Key, TxnId> | undefined {
    const known = this.#answered.get(values);
    if (!known) return undefined;
    // What is there says who wrote it; what is not was deleted, or never written.
    const explains = (writers: ReadonlyMap<Key, TxnId>, key: Key, index: number) => {
      const writer = writers.get(key) ?? NOBODY;
      return values[index] ? values[index].version === writer : !this.#leaves(writer, key);
    };
    const whole = known.filter((writers) => keys.every((key, index) => explains(writers, key, index)));
    const writerOf = (key: Key, index: number): TxnId => {
      const writers = [...whole, ...known].find((writers) => explains(writers, key, index));
      return values[index]?.version ?? writers?.get(key) ?? NOBODY;
    };
    return new Map(keys.map((key, index) => [key, writerOf(key, index)]));
  }

  committed(txn: TxnId): boolean {
    return this.#committed.has(txn);
  }

  #promise(node: NodeId, txn: TxnId, writes: readonly Write[], reads: readonly Key[]): void {
    const replica = this.#replicas.get(node);
    if (!replica || replica.promised.has(txn)) return;
    replica.promised.set(txn, writes);
    const found = new Map<Key, TxnId>();
    for (const key of [...writes.map(({ key }) => key), ...reads]) found.set(key, replica.writer.get(key) ?? NOBODY);
    const first = this.found.get(txn);
    if (!first) {
      this.found.set(txn, found);
      return;
    }
    for (const [key, writer] of found) {
      if (first.get(key) === writer) continue;
      // Only if it committed did they have to see the same.
      this.#differences.push({
        txn,
        text: `${txn} found ${key} written by ${writer || "nobody"} at ${node}, and by ${first.get(key) || "nobody"} elsewhere`,
      });
    }
  }

  readonly #differences: { txn: TxnId; text: string }[] = [];

  /** Committed transactions that replicas judged on different data. */
  differences(): string[] {
    return this.#differences.filter(({ txn }) => this.committed(txn)).map(({ text }) => text);
  }

  #conclude(node: NodeId, txn: TxnId): void {
    const replica = this.#replicas.get(node);
    if (!replica || replica.concluded.has(txn)) return;
    const { concluded, promised, writer } = replica;
    concluded.add(txn);
    const writes = promised.get(txn);
    if (!writes) this.findings.push(`${node} concluded ${txn}, which it had not promised`);
    for (const { key } of writes ?? []) writer.set(key, txn);
    replica.moments.unshift(new Map(writer));
  }

  #writersAt(node: NodeId): ReadonlyMap<Key, TxnId>[] {
    const replica = this.#replicas.get(node);
    return replica ? [...replica.moments] : [];
  }

  /** Whether this transaction put something under a key. */
  #leaves(writer: TxnId, key: Key): boolean {
    for (const { promised } of this.#replicas.values()) {
      const write = promised.get(writer)?.find((write) => write.key === key);
      if (write) return write.value !== undefined;
    }
    return false;
  }

  #outcome(node: NodeId, { txn, attempt, outcome }: { txn: TxnId; attempt: number; outcome: Outcome }): void {
    const name = `${txn} ${attempt}`;
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
