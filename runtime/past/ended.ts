/** How the nodes of a folder ended, as far as their logs prove it: what each goes on with when it starts again. */

import { Node } from "../../actors/node.js";
import { isLast, type LogRecord } from "../../actors/record.js";
import type { NodeId, TxnId } from "../../actors/transaction.js";
import { SETTINGS, type Shape } from "../config.js";
import { shownKey, shownLocks } from "../shown.js";
import type { PastDoubt, PastLock } from "./past-api.js";
import type { ReadStore } from "./stores.js";

/** A node with its log replayed, as at a start. */
export type Ended = { node: NodeId; core: Node; records: readonly LogRecord[] };

export function endedOf(shape: Shape, stores: readonly ReadStore[]): Ended[] {
  const open = new Set(stores.flatMap(({ past }) => openIn(past?.records ?? [])));
  return stores.flatMap((store) => endedNode(shape, store, open) ?? []);
}

/** Those that a log says more of than how they ended: the others are no longer of interest to a node. */
function openIn(records: readonly LogRecord[]): TxnId[] {
  return records.flatMap((record) => ("txn" in record && !isLast(record) ? [record.txn] : []));
}

function endedNode(shape: Shape, { node, past }: ReadStore, open: ReadonlySet<TxnId>): Ended | undefined {
  if (!past) return undefined;
  const { coordinators, replicas, membership } = shape;
  const nodes = [...new Set([...coordinators, ...replicas])];
  const founders = membership === "up-set" ? replicas : undefined;
  const { epoch, reach } = past.progress;
  const core = new Node({ self: node, nodes, replicas, founders, epoch, reach, settings: SETTINGS });
  const records = past.records.filter((record) => !("txn" in record) || open.has(record.txn));
  for (const record of records) core.replay(record);
  return { node, core, records };
}

export function locksOf(node: NodeId, core: Node): PastLock[] {
  return core.locks().map(({ txn, writes, reads }) => {
    return { node, txn, writes: writes.map(shownKey), reads: reads.map(shownKey) };
  });
}

/** Those of which some log that can be read does not know the end. */
export function doubtsOf(all: readonly Ended[], shape: Shape): PastDoubt[] {
  const open = all.flatMap(({ node, core }) => core.inDoubt().map((doubt) => ({ ...doubt, node })));
  return [...new Set(open.map(({ txn }) => txn))].map((txn): PastDoubt => {
    const here = open.filter((doubt) => doubt.txn === txn);
    const written = here.flatMap(({ writes, reads }) => [...writes, ...reads]);
    return {
      txn,
      keys: shownLocks([...new Set(written)]).keys,
      at: Math.min(...here.map(({ at }) => at)),
      logs: Object.fromEntries(all.map((ended) => [ended.node, proven(ended, txn, shape)])),
      waitingFor: [...new Set(here.flatMap(({ waitingFor }) => waitingFor))].sort(),
    };
  });
}

function proven({ node, core, records }: Ended, txn: TxnId, { coordinators, replicas }: Shape): string {
  const isOf = (record: LogRecord) => "txn" in record && record.txn === txn;
  const decided = records.find((record) => isOf(record) && (record.kind === "decided" || record.kind === "ended"));
  if (decided && "outcome" in decided) return `decided ${decided.outcome}`;
  const { says, forced } = core.testify(txn);
  if (forced !== undefined) return `forced ${forced}`;
  if (says !== "unseen" || replicas.includes(node)) return says === "unseen" ? "no promise" : says;
  return coordinators.includes(node) ? "no decision" : says;
}
