/** Whether a run kept every promise. Each violation has the name of the promise and says what was seen. */

import { VIEW_KEY } from "../../actors/membership/view.js";
import type { Stored } from "../../actors/transaction.js";
import type { SimulatedCluster } from "./cluster.js";
import type { Evidence } from "./evidence.js";
import type { SimulatedFollower } from "./follower.js";
import type { History } from "./history.js";
import { Model } from "./model.js";
import { type Act, serialOrder } from "./order.js";
import { flawsInSequence } from "./sequence.js";

export type PromiseName =
  | "agreement"
  | "durability"
  | "truth to clients"
  | "strict serializability"
  | "equal replicas"
  | "changes in order"
  | "termination"
  | "no broken assumption";

export type Violation = { promise: PromiseName; says: string };

const EVERYTHING = 1_000_000;

/** Judges a run that has settled. */
export function judge(
  cluster: SimulatedCluster,
  { history, evidence }: { history: History; evidence: Evidence },
  followers: readonly SimulatedFollower[],
): Violation[] {
  const found: Violation[] = [];
  const add = (promise: PromiseName, says: readonly string[]) =>
    found.push(...says.map((text) => ({ promise, says: text })));
  add("agreement", [...evidence.findings, ...evidence.differences()]);
  add("truth to clients", [...history.contradictions, ...untrue(history, evidence)]);
  const order = serialOrder(history, evidence);
  if (!Array.isArray(order)) add("strict serializability", [order.cycle]);
  else if (found.length === 0) add("strict serializability", replayed(order, cluster));
  add("equal replicas", unequal(cluster));
  add("changes in order", flawsInSequence(cluster, { history, evidence }, followers));
  return found;
}

/** A client that was told for certain was told what everybody recorded. */
function untrue(history: History, evidence: Evidence): string[] {
  return [...history.transactions.values()].flatMap(({ txn, told, mayRunAgain }) => {
    const committed = evidence.committed(txn);
    if (told === "committed" && !committed) return [`${txn} was told committed, but nobody recorded that`];
    return told === "aborted" && committed && !mayRunAgain ? [`${txn} was told aborted, but it took effect`] : [];
  });
}

/** Does everything once more, one after the other, in that order: it must find and leave the same. */
function replayed(order: readonly Act[], cluster: SimulatedCluster): string[] {
  const model = new Model();
  const wrong = order.flatMap(({ name, deed }) =>
    deed.kind === "transaction"
      ? model.perform(deed.txn, deed.operations, deed.checks)
      : deed.keys.flatMap((key, index) =>
          differences(`${name} at ${deed.replica} found ${key}`, deed.values[index], model.data.get(key)),
        ),
  );
  for (const replica of cluster.replicas) {
    const storage = cluster.actor(replica).storage;
    const keys = new Set([...model.data.keys(), ...(storage?.keys("", EVERYTHING) ?? [])]);
    keys.delete(VIEW_KEY);
    for (const key of keys) {
      wrong.push(...differences(`${replica} ends with ${key}`, storage?.get(key), model.data.get(key)));
    }
  }
  return wrong;
}

function differences(what: string, was: Stored | undefined, should: Stored | undefined): string[] {
  const isSame = was?.version === should?.version && was?.value === should?.value;
  return isSame ? [] : [`${what} = ${show(was)}, not ${show(should)}`];
}

function unequal(cluster: SimulatedCluster): string[] {
  const [first, ...others] = cluster.replicas.map((node) => ({ node, rows: rowsOf(cluster, node) }));
  return others
    .filter(({ rows }) => rows !== first?.rows)
    .map(({ node }) => `${node} and ${first?.node} hold different data`);
}

function rowsOf(cluster: SimulatedCluster, node: string): string {
  const storage = cluster.actor(node).storage;
  return JSON.stringify(storage?.keys("", EVERYTHING).map((key) => [key, storage.get(key)]));
}

function show(stored: Stored | undefined): string {
  return stored ? `${stored.value}@${stored.version}` : "nothing";
}
