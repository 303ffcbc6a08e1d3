/** What a run left behind on disks and in messages, gathered while it runs: the judge rests on nothing else. */

import type { LogRecord } from "../../actors/record.js";
import type { Key, NodeId, Outcome, TxnId, Write } from "../../actors/transaction.js";
import type { JournalLine } from "../journal.js";

/** The writer of a key that nobody has written. */
export const NOBODY: TxnId = "";

/** What one replica did, in the order of its own log. */
type Replica = {
  promised: Map<TxnId, readonly Write[]>;
  concluded: Set<TxnId>;
  /** Who wrote a key last, by putting or by deleting. */
  writer: Map<Key, TxnId>;
};

export class Evidence {
  /** Each outcome that somebody recorded durably or told, and the first who did. */
  readonly outcomes = new Map<TxnId, Map<Outcome, NodeId>>();
  /** Whose writes a transaction found on its keys when it was promised, and the first replica that promised. */
  readonly found = new Map<TxnId, Map<Key, TxnId>>();
  /** By an answer, the very object: whose writes the replica had when it answered. */
  readonly answered = new Map<object, ReadonlyMap<Key, TxnId>>();
  readonly findings: string[] = [];
  readonly #replicas = new Map<NodeId, Replica>();

  /** Records that are durable at a node, in order. Those that it has again after a restart say nothing new. */
  durable(node: NodeId, records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.kind === "forgotten") continue;
      if (record.kind === "prepared") this.#promise(node, record.txn, record.writes, record.reads);
      else {
        this.#outcome(node, record.txn, record.outcome);
        if (record.kind === "concluded" && record.outcome === "committed") this.#conclude(node, record.txn);
      }
    }
  }

  /** Messages that left a node. */
  line({ node, messages }: JournalLine): void {
    for (const { body } of messages) {
      if (body.kind === "decide" && !body.presumed) this.#outcome(node, body.txn, body.outcome);
      if (body.kind === "values" && body.values) this.answered.set(body.values, new Map(this.#replica(node).writer));
    }
  }

  committed(txn: TxnId): boolean {
    return this.outcomes.get(txn)?.has("committed") ?? false;
  }

  #promise(node: NodeId, txn: TxnId, writes: readonly Write[], reads: readonly Key[]): void {
    const replica = this.#replica(node);
    if (replica.promised.has(txn)) return;
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
    const { concluded, promised, writer } = this.#replica(node);
    if (concluded.has(txn)) return;
    concluded.add(txn);
    const writes = promised.get(txn);
    if (!writes) this.findings.push(`${node} concluded ${txn}, which it had not promised`);
    for (const { key } of writes ?? []) writer.set(key, txn);
  }

  #outcome(node: NodeId, txn: TxnId, outcome: Outcome): void {
    const known = this.outcomes.get(txn) ?? new Map<Outcome, NodeId>();
    this.outcomes.set(txn, known);
    if (known.has(outcome)) return;
    known.set(outcome, node);
    if (known.size > 1) {
      this.findings.push(`${txn} is committed for ${known.get("committed")} and aborted for ${known.get("aborted")}`);
    }
  }

  #replica(node: NodeId): Replica {
    const known = this.#replicas.get(node);
    if (known) return known;
    const replica: Replica = { promised: new Map(), concluded: new Set(), writer: new Map() };
    this.#replicas.set(node, replica);
    return replica;
  }
}
