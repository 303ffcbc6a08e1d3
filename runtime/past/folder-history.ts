/** The past of a cluster that does not run, as its durable logs prove it. A step is a commit. */

import type { Change, NodeId, Stored, TxnId } from "../../actors/transaction.js";
import { roleOf, type Shape } from "../config.js";
import { AyesError } from "../errors.js";
import type { Trace, TraceQuery, TraceSummary } from "../tracing-api.js";
import { checkId } from "../validation.js";
import { doubtsOf, endedOf, locksOf } from "./ended.js";
import { LogBook } from "./log-book.js";
import type { History, Past, PastMoment, PastNode, PastQuery } from "./past-api.js";
import { type ReadFolder, type ReadStore, readStores } from "./stores.js";
import { pageOf } from "./value-page.js";
import { Values } from "./values.js";

/** Reads a folder. Rejects with `no-cluster` and with `in-use`. */
export async function historyOfFolder(folder: string): Promise<History> {
  return new FolderHistory(await readStores(folder));
}

/**
 * What the logs prove of one transaction, without reading all that there is. Rejects also with `not-found` and, if its id
 * can be none, with `invalid`.
 */
export async function traceOfFolder(folder: string, txn: string): Promise<{ trace: Trace; nodes: PastNode[] }> {
  const about = checkId(txn);
  const history = new FolderHistory(await readStores(folder, about));
  return { trace: history.trace(about), nodes: history.past.nodes };
}

class FolderHistory implements History {
  readonly past: Past;
  readonly #shape: Shape;
  readonly #changes: readonly Change[];
  readonly #values: Values;
  readonly #stores: readonly ReadStore[];
  #book: LogBook | undefined;
  /** What each replica that can be read has on disk. */
  readonly #has = new Map<NodeId, (change: Change) => boolean>();

  constructor({ folder, shape, stores, changes, chief }: ReadFolder) {
    this.#shape = shape;
    this.#stores = stores;
    this.#changes = changes;
    const { left = 0, reach } = chief?.progress ?? {};
    const complete = chief !== undefined && left === 0 && reach?.begin === 0;
    this.#values = new Values(changes, dataOf(chief?.rows ?? []), complete);
    for (const { node, past } of stores) {
      if (!past || !shape.replicas.includes(node)) continue;
      const names = new Set(past.changes.map(({ txn }) => txn));
      this.#has.set(node, ({ position, txn }) => position <= past.progress.left || names.has(txn));
    }
    const ended = endedOf(shape, stores);
    const { cluster, protocol, membership } = shape;
    this.past = {
      source: "logs",
      place: folder,
      ...{ cluster, protocol, membership, complete },
      steps: changes.length,
      first: changes[0]?.position ?? 0,
      last: changes.at(-1)?.position ?? 0,
      nodes: stores.map((store) =>
        this.#nodeOf(store, ended.find(({ node }) => node === store.node)?.core.sizes().locks),
      ),
      inDoubt: doubtsOf(ended, shape),
      locks: ended.flatMap(({ node, core }) => locksOf(node, core)),
    };
  }

  stepAt(position: number): number {
    const { first, last, complete } = this.past;
    if (Number.isInteger(position) && position >= (complete ? 0 : first - 1) && position <= last) {
      return this.#changes.filter((change) => change.position <= position).length;
    }
    throw new AyesError(
      "invalid",
      `the changes that are known have positions ${first} to ${last}; ${position} is none`,
    );
  }

  at({ step, ...query }: PastQuery): PastMoment {
    const { steps, nodes, locks, inDoubt } = this.past;
    if (!Number.isInteger(step) || step < 0 || step > steps) {
      throw new AyesError("invalid", `a step is a whole number from 0 to ${steps}, not ${step}`);
    }
    const change = this.#changes[step - 1];
    const isEnd = step === steps;
    return {
      step,
      ...(change && { event: { text: `committed ${change.txn}`, txn: change.txn, position: change.position } }),
      nodes: nodes.map((node) => (isEnd ? node : this.#nodeAt(node, change))),
      ...(isEnd && { locks, inDoubt }),
      ...pageOf(this.#values, (key) => this.#values.at(key, step), query),
    };
  }

  transactions(query?: TraceQuery): TraceSummary[] {
    // Whoever wants none need not wait for it.
    this.#book ??= this.#bookOf(() => true);
    return this.#book.list(query);
  }

  trace(txn: string): Trace {
    return this.#bookOf((other) => other === txn).trace(txn);
  }

  #bookOf(isMeant: (txn: TxnId) => boolean): LogBook {
    const nodes = this.#stores.map(({ node }) => node);
    const book = new LogBook(nodes, (change) => [...this.#has].flatMap(([node, has]) => (has(change) ? [node] : [])));
    book.takeChanges(this.#changes.filter(({ txn }) => isMeant(txn)));
    for (const { node, past } of this.#stores) {
      book.takeLog(
        node,
        (past?.records ?? []).filter((record) => "txn" in record && isMeant(record.txn)),
      );
    }
    return book;
  }

  #nodeOf({ node, past, problem }: ReadStore, locks: number | undefined): PastNode {
    const role = roleOf(node, this.#shape);
    if (!past) return { id: node, role, state: "unreadable", problems: [problem ?? "it cannot be read"] };
    const problems = past.damages.map(({ message }) => message);
    const has = this.#has.get(node);
    return {
      ...{ id: node, role, problems },
      state: problems.length > 0 ? "damaged" : "whole",
      epoch: past.progress.epoch,
      records: past.records.length,
      ...(locks !== undefined && { locks }),
      ...(has && {
        position: past.changes.reduce((most, { position }) => Math.max(most, position), past.progress.left),
        lacks: this.#changes.filter((change) => !has(change)).length,
      }),
    };
  }

  /** Before the end only what has come to its disk is known. */
  #nodeAt({ id, role, state, problems }: PastNode, change: Change | undefined): PastNode {
    const has = this.#has.get(id);
    const lacks = has && change && !has(change) ? { lacks: 1 } : {};
    return { id, role, state, problems, ...(has && change && { position: change.position }), ...lacks };
  }
}

function dataOf(rows: readonly [string, Stored["value"], string][]): Map<string, Stored> {
  return new Map(rows.map(([key, value, version]) => [key, { value, version }]));
}
