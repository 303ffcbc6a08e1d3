/** What must hold after every recovery: agreement, nothing acknowledged lost, nothing aborted left, replicas equal. */

import { isEnd, type LogRecord } from "../../actors/record.js";
import { settle } from "../../cli/torture/settle.js";
import type { Cluster, NodeStatus } from "../../runtime/api.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import { type History, receiptOf } from "./load.js";

/** The most that a cluster lists at once. */
const LISTING_LIMIT = 10_000;
const AT_ONCE = 100;

/** Checks a running cluster against what its clients were told. Each string of the answer is a broken promise. */
export async function violations(cluster: Cluster, history: History): Promise<string[]> {
  const unsettled = await settle(cluster);
  if (unsettled) return [unsettled];
  const nodes = (await cluster.status()).nodes;
  const outcomes = await askAgain(cluster, history);
  const found = [...outcomes.violations, ...(await disagreements(cluster, nodes, outcomes.committed))];
  const replicas = nodes.filter(({ role }) => role !== "coordinator").map(({ id }) => id);
  found.push(...(await wrongEffects(cluster, replicas, history, outcomes.committed)));
  return found;
}

/** Asking again by id must give the answer that was given, and settles what was unknown. */
async function askAgain(cluster: Cluster, history: History): Promise<{ committed: Set<string>; violations: string[] }> {
  const committed = new Set<string>();
  const found: string[] = [];
  await inBatches([...history], async ([txn, { outcome: told }]) => {
    const { outcome } = await cluster.outcome(txn);
    if (outcome === "committed") committed.add(txn);
    const contradicts = told === "committed" ? outcome !== told : told === "aborted" && outcome === "committed";
    if (contradicts) found.push(`${txn} was told ${told} and is now ${outcome}`);
    if (outcome === "undecided" || outcome === "expired") found.push(`${txn} is ${outcome} after everything settled`);
  });
  return { committed, violations: found };
}

/** No transaction is committed in one log and aborted in another, or in the coordinator's answer. */
async function disagreements(cluster: Cluster, nodes: NodeStatus[], committed: ReadonlySet<string>): Promise<string[]> {
  const coordinators = nodes.filter(({ role }) => role !== "replica").length;
  const found: string[] = [];
  for (const { id, role } of nodes) {
    const log = (await cluster.log(id, LISTING_LIMIT)) as LogRecord[];
    const ends = log.flatMap(endOf);
    for (const { txn, outcome } of ends) {
      if ((outcome === "committed") === committed.has(txn)) continue;
      found.push(`${txn} is ${outcome} at ${id}, but not for its coordinator`);
    }
    // While it was down, others may have led transactions of three-phase commit.
    const wasThere = role !== "coordinator" || (coordinators === 1 && ends.some(({ kind }) => kind === "decided"));
    const knowsAll = log.length < LISTING_LIMIT && wasThere;
    const known = new Set(ends.map(({ txn }) => txn));
    const missing = knowsAll ? [...committed].filter((txn) => !known.has(txn)) : [];
    if (missing.length > 0) found.push(`${id} has no record of committed ${missing.slice(0, 3).join(", ")}`);
  }
  return found;
}

function endOf(record: LogRecord): { kind: string; txn: string; outcome: string }[] {
  return isEnd(record) ? [record] : [];
}

/** Committed transactions took effect on every replica, all others on none, and all replicas hold the same. */
async function wrongEffects(
  cluster: Cluster,
  replicas: readonly string[],
  history: History,
  committed: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  const keys = new Set([...(await cluster.keys("", LISTING_LIMIT)).map(String), ...[...history.keys()].map(receiptOf)]);
  const sums = new Map<string, number>();
  await inBatches([...keys], async (key) => {
    const reads = await Promise.all(replicas.map((replica) => cluster.get(key, { read: "linearizable", replica })));
    const seen = new Set(reads.map(({ value, version }) => JSON.stringify([value, version])));
    if (seen.size > 1) found.push(`${key} differs: ${[...seen].join(" and ")}`);
    for (const read of reads) {
      if (key.startsWith("counter/")) sums.set(read.replica, (sums.get(read.replica) ?? 0) + Number(read.value));
      found.push(...wrongRead(read, history, committed));
    }
  });
  for (const [replica, sum] of sums) {
    if (sum !== committed.size) found.push(`the counters of ${replica} say ${sum}, but ${committed.size} committed`);
  }
  return found;
}

/** A value is there if, and only if, the transaction that wrote it committed. */
function wrongRead(read: ReadResult, history: History, committed: ReadonlySet<string>): string[] {
  const { value, version, replica } = read;
  const key = String(read.key);
  if (version !== undefined && history.has(version) && !committed.has(version)) {
    return [`${key} at ${replica} was written by ${version}, which did not commit`];
  }
  const txn = key.startsWith(receiptOf("")) ? key.slice(receiptOf("").length) : "";
  if (!history.has(txn) || committed.has(txn) === (value === txn)) return [];
  return [`${txn} is ${value === txn ? "there" : "not there"} at ${replica}`];
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(work));
  }
}
