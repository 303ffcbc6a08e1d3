/** One node of a recording, folded turn by turn: what it had promised, what it held, and whether it ran. */

import { isOwnKey } from "../../actors/own-key.js";
import { type LogRecord, roleOf, type TransactionRecord } from "../../actors/record.js";
import type { Key, NodeId, Stored, TxnId } from "../../actors/transaction.js";
import type { Role } from "../config.js";
import type { JournalLine } from "../journal.js";
import type { Rows, Standpoint } from "../recording/entry.js";
import { shownKey } from "../shown.js";
import type { Life } from "../tracing-api.js";
import type { PastLock, PastNode } from "./past-api.js";

export class RecordedNode {
  readonly id: NodeId;
  readonly data = new Map<Key, Stored>();
  readonly #role: Role;
  /** Of each transaction that is open here in some role, its last record in that role. */
  readonly #open = new Map<string, TransactionRecord>();
  readonly #promises = new Map<TxnId, Extract<LogRecord, { kind: "prepared" }>>();
  #state = "unknown";
  #epoch: number | undefined;
  #turn: number | undefined;

  constructor(id: NodeId, role: Role) {
    this.id = id;
    this.#role = role;
  }

  /** It begins again with what it had on disk. */
  begin({ epoch, turn, records, lazy }: Standpoint): void {
    this.data.clear();
    this.#open.clear();
    this.#promises.clear();
    for (const record of [...records, ...lazy]) this.#note(record);
    this.#epoch = epoch;
    this.#turn = turn;
    this.#state = "up";
  }

  take({ rows }: Rows): void {
    for (const [key, value, version] of rows) this.data.set(key, { value, version });
  }

  live({ state }: Life): void {
    this.#state = state;
  }

  turn({ turn, records, whole }: JournalLine): void {
    this.#turn = turn;
    for (const { record } of records) this.#note(record);
    for (const { key, value, version } of whole?.writes ?? []) {
      if (value === undefined) this.data.delete(key);
      else this.data.set(key, { value, version });
    }
  }

  /** The last records of what is open here. */
  open(): TransactionRecord[] {
    return [...this.#open.values()];
  }

  /** What it has promised to write if told so. */
  promise(txn: TxnId): Extract<LogRecord, { kind: "prepared" }> | undefined {
    return this.#promises.get(txn);
  }

  locks(): PastLock[] {
    return [...this.#promises.values()].map(({ txn, writes, reads }) => {
      return { node: this.id, txn, writes: writes.map(({ key }) => shownKey(key)), reads: reads.map(shownKey) };
    });
  }

  get shown(): PastNode {
    const locks = [...this.#promises.values()].reduce(
      (sum, { writes, reads }) => sum + writes.length + reads.length,
      0,
    );
    const keys = [...this.data.keys()].filter((key) => !isOwnKey(key)).length;
    const counts = {
      ...(this.#epoch !== undefined && { epoch: this.#epoch }),
      ...(this.#turn !== undefined && { turn: this.#turn }),
    };
    return { id: this.id, role: this.#role, state: this.#state, problems: [], locks, keys, ...counts };
  }

  #note(record: LogRecord): void {
    if (!("txn" in record)) return;
    if (record.kind === "prepared") this.#promises.set(record.txn, record);
    if (record.kind === "concluded") this.#promises.delete(record.txn);
    const place = `${roleOf(record)} ${record.txn}`;
    const isOver = record.kind === "ended" || record.kind === "concluded" || isAbort(record);
    if (isOver) this.#open.delete(place);
    else this.#open.set(place, record as TransactionRecord);
  }
}

/** Nobody has to acknowledge an abort. */
function isAbort(record: LogRecord): boolean {
  return record.kind === "decided" && record.outcome === "aborted";
}
