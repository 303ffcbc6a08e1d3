/** Whether a run kept every promise. Each violation has the name of the promise and says what was seen. */

import { EXPIRIES, expiryIn } from "../../actors/expiry.js";
import { VIEW_KEY } from "../../actors/membership/view.js";
import { prefixRange } from "../../actors/range.js";
import type { NodeId, TxnId, Write } from "../../actors/transaction.js";
import { carriedOut } from "./carried-out.js";
import type { SimulatedCluster } from "./cluster.js";
import { strayContents } from "./contents.js";
import { ACCOUNTS } from "./deeds.js";
import type { Evidence } from "./evidence.js";
import type { SimulatedFollower } from "./follower.js";
import type { History, Sight } from "./history.js";
import { differences, Model } from "./model.js";
import { type Act, serialOrder } from "./order.js";
import { brokenRules, wrongTotal } from "./rules.js";
import { flawsInSequence } from "./sequence.js";

export type PromiseName =
  | "agreement"
  | "durability"
  | "truth to clients"
  | "strict serializability"
  | "rules of applications"
  | "equal replicas"
  | "contents of files"
  | "changes in order"
  | "termination"
  | "no broken assumption";

export type Violation = { promise: PromiseName; says: string };

type Seen = { history: History; evidence: Evidence };

const EVERYTHING = 1_000_000;

/** Judges a run that has settled. */
export function judge(cluster: SimulatedCluster, seen: Seen, followers: readonly SimulatedFollower[]): Violation[] {
  const { history, evidence } = seen;
  const found: Violation[] = [];
  const add = (promise: PromiseName, says: readonly string[]) =>
    found.push(...says.map((text) => ({ promise, says: text })));
  add("agreement", [...evidence.findings, ...evidence.differences()]);
  add("truth to clients", [...history.contradictions, ...untrue(history, evidence)]);
  add("truth to clients", repeated(history, evidence));
  const order = serialOrder(history, evidence);
  if (!Array.isArray(order)) add("strict serializability", [order.cycle]);
  else if (found.length === 0) {
    const { contradictions, broken } = replayed(order, seen, cluster);
    add("strict serializability", contradictions);
    add("rules of applications", broken);
  }
  add("rules of applications", unruly(history));
  add("equal replicas", unequal(cluster));
  add(
    "contents of files",
    cluster.replicas.flatMap((node) => strayContents(cluster.actor(node))),
  );
  add("termination", unexpired(cluster));
  add("changes in order", flawsInSequence(cluster, seen, followers));
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

/** Whatever was lost on the way, a function takes effect once. */
function repeated(history: History, evidence: Evidence): string[] {
  const effects = new Map<string, TxnId[]>();
  for (const [txn, { name }] of history.attempts) {
    const isCertain = history.transactions.get(txn)?.mayRunAgain === false;
    if (isCertain && evidence.committed(txn)) effects.set(name, [...(effects.get(name) ?? []), txn]);
  }
  const several = [...effects].filter(([, txns]) => txns.length > 1);
  return several.map(([name, txns]) => `${name} took effect ${txns.length} times: as ${txns.join(" and ")}`);
}

/** What functions were shown must not break a rule of theirs, wherever it stands in the order. */
function unruly({ readings, attempts }: History): string[] {
  const sights = [...readings, ...[...attempts.values()].map(({ seen }) => seen)];
  return sights.flatMap(({ pages }) =>
    pages
      .filter(({ range }) => JSON.stringify(range) === WHOLE_BANK)
      .flatMap(({ entries }) => wrongTotal(new Map(entries.map(({ key, stored }) => [key, stored])))),
  );
}

const WHOLE_BANK = JSON.stringify(prefixRange(ACCOUNTS));

/** Does everything once more, one after the other, in that order: it must find and leave the same, and break no rule. */
function replayed(
  order: readonly Act[],
  { history, evidence }: Seen,
  cluster: SimulatedCluster,
): { contradictions: string[]; broken: string[] } {
  const model = new Model();
  const contradictions: string[] = [];
  let broken: string[] = [];
  for (const { name, deed } of order) {
    if (deed.kind === "reading") contradictions.push(...model.contradict(`${name} at ${deed.replica} found`, deed));
    else {
      const attempt = history.attempts.get(deed.txn);
      if (attempt) contradictions.push(...model.contradict(`the function of ${deed.txn} had read`, attempt.seen));
      const writes = evidence.writesOf(deed.txn);
      contradictions.push(...model.perform(deed.txn, carriedOut(deed.operations, writes), deed.checks));
      contradictions.push(...model.contradict(`${deed.txn} left`, sightOf(writes)));
      if (broken.length === 0) broken = brokenRules(model.data).map((text) => `${text}, after ${deed.txn}`);
    }
  }
  contradictions.push(...cluster.replicas.flatMap((replica) => leftOver(replica, cluster, model)));
  return { contradictions, broken };
}

/** What whoever wrote this has seen afterwards. */
function sightOf(writes: readonly Write[]): Sight {
  const values = writes.map(({ value, version }) => (value === undefined ? undefined : { value, version }));
  return { keys: writes.map(({ key }) => key), values, pages: [] };
}

/** What a replica ends with that it should not. */
function leftOver(replica: NodeId, cluster: SimulatedCluster, model: Model): string[] {
  const storage = cluster.actor(replica).storage;
  const keys = new Set([...model.data.keys(), ...(storage?.keys("", EVERYTHING) ?? [])]);
  keys.delete(VIEW_KEY);
  return [...keys].flatMap((key) => differences(`${replica} ends with ${key}`, storage?.get(key), model.data.get(key)));
}

/** In the end everything was due, and somebody was there to remove it. */
function unexpired(cluster: SimulatedCluster): string[] {
  return cluster.replicas.flatMap((node) => {
    const [row] = cluster.actor(node).storage?.scan(EXPIRIES, 1) ?? [];
    return row ? [`${expiryIn(row.key).key} has expired, but is not removed at ${node}`] : [];
  });
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
