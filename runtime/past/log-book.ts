/** All transactions that the logs and the changes of a folder tell of, newest last. */

import type { LogRecord } from "../../actors/record.js";
import type { Change, NodeId, Position, TxnId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import { shownLocks } from "../shown.js";
import { checkTraceQuery, isMeant } from "../tracing/query.js";
import { summaryOf } from "../tracing/summary.js";
import { cutLine } from "../tracing/tap.js";
import type { Step, Trace, TraceQuery, TraceSummary } from "../tracing-api.js";
import { checkId } from "../validation.js";

/** `near` is its position or, if it has none, the last one that a log had when it was written there. */
type Item = { records: [NodeId, LogRecord][]; change: Change | undefined; near: Position };

export class LogBook {
  readonly #nodes: readonly NodeId[];
  readonly #holders: (change: Change) => readonly NodeId[];
  readonly #items = new Map<TxnId, Item>();
  #order: TxnId[] | undefined;

  /** `holders` tells who has a change on disk. */
  constructor(nodes: readonly NodeId[], holders: (change: Change) => readonly NodeId[]) {
    this.#nodes = nodes;
    this.#holders = holders;
  }

  /** Takes the changes first, then the log of each node. */
  takeChanges(changes: readonly Change[]): void {
    for (const change of changes) this.#items.set(change.txn, { records: [], change, near: change.position });
  }

  takeLog(node: NodeId, records: readonly LogRecord[]): void {
    let reached = 0;
    for (const record of records) {
      if (!("txn" in record)) continue;
      const position = "position" in record ? (record.position ?? 0) : 0;
      reached = Math.max(reached, position);
      const item = this.#items.get(record.txn);
      if (item) item.records.push([node, record]);
      else this.#items.set(record.txn, { records: [[node, record]], change: undefined, near: position || reached });
    }
  }

  list(query: TraceQuery = {}): TraceSummary[] {
    const asked = checkTraceQuery(query);
    const found: TraceSummary[] = [];
    this.#order ??= [...this.#items].sort(([, left], [, right]) => left.near - right.near).map(([txn]) => txn);
    for (let place = this.#order.length - 1; place >= 0 && found.length < asked.limit; place -= 1) {
      const summary = this.summary(this.#order[place] ?? "");
      if (isMeant(summary, asked, Date.now())) found.push(summary);
    }
    return found;
  }

  /** A promise left the log when it was kept, so its keys are those that changed. */
  summary(txn: TxnId): TraceSummary {
    const summary = summaryOf(txn, this.#steps(txn), this.#nodes);
    const { change } = this.#items.get(txn) ?? {};
    if (!change) return summary;
    const { keys, files } = shownLocks(change.writes.map(({ key }) => key));
    return { ...summary, keys, ...(files.length > 0 && { files }) };
  }

  trace(asked: string): Trace {
    const txn = checkId(asked);
    if (!this.#items.has(txn)) throw new AyesError("not-found", `the logs know nothing of a transaction ${txn}`);
    return { txn, source: "logs", nodes: this.#nodes, steps: this.#steps(txn), lives: [] };
  }

  /** One for each record; and one for each node that has its data, but has forgotten its log. */
  #steps(txn: TxnId): Step[] {
    const { records = [], change } = this.#items.get(txn) ?? {};
    const keys = change?.writes.map(({ key }) => key) ?? [];
    const nothing = { epoch: 0, inputs: [], messages: [], flushed: true };
    const steps = records.map(([node, record], turn): Step => {
      const isData = record.kind === "concluded" && record.outcome === "committed";
      const at = "at" in record ? record.at : 0;
      return cutLine({ node, turn, at, ...nothing, keys: isData ? keys : [], records: [{ record, forced: true }] });
    });
    const told = new Set(records.map(([node]) => node));
    for (const node of change ? this.#holders(change) : []) {
      if (told.has(node)) continue;
      const record: LogRecord = { kind: "concluded", txn, attempt: 0, outcome: "committed" };
      steps.push({ node, turn: 0, at: 0, ...nothing, keys, records: [{ record, forced: true }] });
    }
    return steps;
  }
}
