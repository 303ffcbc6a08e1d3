/** A view: who the replicas of a cluster are that are up to date, agreed by a transaction like any other. */

import type { Begin } from "../message.js";
import { OWN } from "../own-key.js";
import type { Key, NodeId, TxnId, Value } from "../transaction.js";

export type View = {
  /** Each view has a higher number than those before. */
  number: number;
  members: NodeId[];
  /** Who coordinates, for as long as it is up; then the lowest of those that are. */
  leader: NodeId;
};

/** A view, and the transaction that installed it. */
export type Installed = View & { version: TxnId };

/** Where a replica keeps the view. No user has such a key. */
export const VIEW_KEY: Key = `${OWN}members`;

/** Whether a transaction changes who the members are. */
export function isChange(operations: readonly { key: Key }[]): boolean {
  return operations[0]?.key === VIEW_KEY;
}

/** How long a change may wait for votes. */
const CHANGE_MS = 5000;

/** The transaction that installs a view: its members agree on it, and nobody else. */
export function changeTo(view: View, txn: TxnId): Begin {
  return {
    kind: "begin",
    request: 0,
    txn,
    protocol: "3pc",
    operations: [{ op: "put", key: VIEW_KEY, value: encodeView(view) }],
    checks: [],
    deadlineMs: CHANGE_MS,
    electorate: view.members,
  };
}

const CHANGE = "members.";

/** The id of a change that this incarnation of a node begins. */
export function changeId(number: number, { self, epoch }: { self: NodeId; epoch: number }, count: number): TxnId {
  return `${CHANGE}${number}.${self}.${epoch}.${count}`;
}

/** Whether this is the id of a change. Clients' ids are others. */
export function isChangeId(txn: TxnId): boolean {
  return txn.startsWith(CHANGE);
}

export function encodeView(view: View): Value {
  return JSON.stringify(view);
}

export function decodeView(value: Value): View {
  return JSON.parse(String(value)) as View;
}

/** Those of `nodes` that are among `wanted`, in the order in which they are elected. */
export function inOrder(nodes: readonly NodeId[], wanted: readonly NodeId[]): NodeId[] {
  return nodes.filter((node) => wanted.includes(node));
}

export function leaderOf(view: View, up: readonly NodeId[], nodes: readonly NodeId[]): NodeId {
  return up.includes(view.leader) ? view.leader : (inOrder(nodes, up)[0] ?? view.leader);
}
