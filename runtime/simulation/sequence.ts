/** Whether changes were told as they were committed: none missing, none twice, in one order that agrees with real time. */

import { isOwnKey } from "../../actors/own-key.js";
import type { Change, NodeId, Position } from "../../actors/transaction.js";
import type { SimulatedCluster } from "./cluster.js";
import type { Evidence } from "./evidence.js";
import type { SimulatedFollower } from "./follower.js";
import type { History } from "./history.js";

/** What a replica can tell, and from where on. */
type Told = { node: NodeId; begin: Position; changes: Change[] };

const ALL = { upTo: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** Of a run that has settled, what is wrong with its changes. */
export function flawsInSequence(
  cluster: SimulatedCluster,
  { history, evidence }: { history: History; evidence: Evidence },
  followers: readonly SimulatedFollower[],
): string[] {
  const told = cluster.replicas.map((node) => toldBy(cluster, node)).sort((left, right) => left.begin - right.begin);
  const [longest] = told;
  if (!longest) return [];
  return [
    ...told.flatMap((other) => differences(longest, other)),
    ...untrue(longest, evidence),
    ...outOfTime(longest, history),
    ...outOfOrder(longest, cluster),
    ...followers.flatMap((follower) => misheard(longest, follower)),
  ];
}

function toldBy(cluster: SimulatedCluster, node: NodeId): Told {
  const { storage } = cluster.actor(node);
  const found = storage?.changes({ since: 0, ...ALL });
  if (!found || !storage) return { node, begin: Number.POSITIVE_INFINITY, changes: [] };
  if ("changes" in found) return { node, begin: 0, changes: found.changes };
  const rest = storage.changes({ since: found.begin, ...ALL });
  return { node, begin: found.begin, changes: "changes" in rest ? rest.changes : [] };
}

function differences(longest: Told, { node, begin, changes }: Told): string[] {
  const [wanted, found] = [longest.changes.filter(({ position }) => position > begin), changes].map(textOf);
  return wanted === found ? [] : [`${node} tells ${found}, ${longest.node} ${wanted}`];
}

/** Each is one transaction that committed, with what it wrote, and all that did are there. */
function untrue({ node, begin, changes }: Told, evidence: Evidence): string[] {
  const names = new Set(changes.map(({ txn }) => txn));
  const twice = names.size < changes.length ? [`${node} tells a transaction twice`] : [];
  const wrong = changes.flatMap(({ txn, writes }) => {
    const wrote = evidence.writesOf(txn).map(({ key, value }) => ({ key, value }));
    return JSON.stringify(wrote) === JSON.stringify(writes) ? [] : [`${node} tells that ${txn} wrote something else`];
  });
  const missing = begin > 0 ? [] : evidence.writers().filter((txn) => !names.has(txn));
  return [...twice, ...wrong, ...missing.map((txn) => `${node} does not tell of ${txn}, which committed`)];
}

/** Whoever began after another one's end was told stands behind it. */
function outOfTime({ changes }: Told, history: History): string[] {
  const known = changes.flatMap(({ txn, position }) => {
    const deed = history.transactions.get(txn);
    return deed ? [{ txn, position, began: deed.began, ended: deed.ended ?? Number.POSITIVE_INFINITY }] : [];
  });
  const byEnd = [...known].sort((left, right) => left.ended - right.ended);
  let highest: Position = 0;
  let next = 0;
  return [...known]
    .sort((left, right) => left.began - right.began)
    .flatMap(({ txn, position, began }) => {
      for (; (byEnd[next]?.ended ?? Number.POSITIVE_INFINITY) < began; next += 1) {
        highest = Math.max(highest, byEnd[next]?.position ?? 0);
      }
      return position > highest
        ? []
        : [`${txn} stands at ${position}, but one at ${highest} had ended before it began`];
    });
}

/** The last change of a key is what it holds. */
function outOfOrder({ node, changes }: Told, cluster: SimulatedCluster): string[] {
  const last = new Map<string, string | undefined>();
  for (const { txn, writes } of changes) for (const { key, value } of writes) last.set(key, value && txn);
  const { storage } = cluster.actor(node);
  return [...last].flatMap(([key, txn]) => {
    const version = storage?.get(key)?.version;
    return version === txn
      ? []
      : [`${key} was changed last by ${txn ?? "a deletion"}, but holds what ${version} wrote`];
  });
}

function misheard({ begin, changes }: Told, { address, heard, gaps, since }: SimulatedFollower): string[] {
  const isKnown = ({ position }: Change) => position > begin;
  const isMeant = ({ position }: Change) =>
    position <= since && !gaps.some(({ after, upTo }) => position > after && position <= upTo);
  const visible = changes.flatMap((change) => {
    const writes = change.writes.filter(({ key }) => !isOwnKey(key));
    return writes.length > 0 ? [{ ...change, writes }] : [];
  });
  const [wanted, found] = [visible.filter(isKnown).filter(isMeant), heard.filter(isKnown)].map(textOf);
  return wanted === found ? [] : [`${address} was told ${found}, and should have been told ${wanted}`];
}

function textOf(changes: readonly Change[]): string {
  const texts = changes.map(({ position, txn, writes }) => {
    return `${position} ${txn} ${writes.map(({ key, value }) => `${key}=${value ?? "none"}`).join(" ")}`;
  });
  return texts.join("; ") || "nothing";
}
