/**
 * Linearizability of one key whose every read tells which write it saw, after Gibbons and Korach (1997): each write and
 * its reads form a cluster; the clusters must find places in real time that do not interleave. Exact, in n log n.
 */

import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";

/** A write with its reads; without a write, the reads that found nothing. */
type Cluster = { write: Operation | undefined; reads: Operation[]; low: number; high: number };

/** A few operations that have no order, if there are any. Operations are single reads and writes of one key. */
export function findConflict(operations: readonly Operation[]): Operation[] | undefined {
  const clusters = clustersOf(operations);
  for (const { write, reads } of clusters) {
    const early = write && reads.find(({ ended }) => ended < write.invoked);
    if (early) return [write, early];
  }
  const forward = clusters.filter(isForward).sort((a, b) => a.low - b.low);
  for (const [index, zone] of forward.entries()) {
    const next = forward[index + 1];
    if (next && next.low < zone.high) return [zone, next].flatMap(spanning);
  }
  for (const zone of clusters) {
    // Of a cluster that overlaps as a whole, `high` is where its zone begins and `low` where it ends.
    const around = isForward(zone) ? undefined : lastBefore(forward, zone.high);
    if (around && around.high > zone.low) return [around, zone].flatMap(spanning);
  }
  return undefined;
}

function clustersOf(operations: readonly Operation[]): Cluster[] {
  const byValue = new Map<Token, Cluster>();
  const unread: Cluster[] = [];
  const nothing = newCluster(undefined);
  const read = new Set(operations.flatMap(({ reads }) => reads.map(({ value }) => value)));
  for (const operation of operations) {
    const value = operation.writes[0]?.values.at(-1);
    if (value === undefined) continue;
    if (read.has(value)) byValue.set(value, newCluster(operation));
    else unread.push(newCluster(operation));
  }
  for (const operation of operations) {
    const value = operation.reads[0]?.value;
    if (value !== undefined) (byValue.get(value) ?? nothing).reads.push(operation);
  }
  const all = [...byValue.values(), ...unread, ...(read.has(ABSENT) ? [nothing] : [])];
  return all.map(withZone);
}

function newCluster(write: Operation | undefined): Cluster {
  return { write, reads: [], low: 0, high: 0 };
}

/** From the first end to the last beginning, or the other way round when all of the cluster overlaps. */
function withZone({ write, reads }: Cluster): Cluster {
  let firstEnd = write?.ended ?? 0;
  let lastBegin = write?.invoked ?? 0;
  for (const { invoked, ended } of reads) {
    firstEnd = Math.min(firstEnd, ended);
    lastBegin = Math.max(lastBegin, invoked);
  }
  return { write, reads, low: firstEnd, high: lastBegin };
}

/** Something of the cluster ended before another part began: its value was in place for all the time between. */
function isForward({ low, high }: Cluster): boolean {
  return low < high;
}

/** The last zone that starts before a point. */
function lastBefore(forward: readonly Cluster[], point: number): Cluster | undefined {
  let first = 0;
  let after = forward.length;
  while (first < after) {
    const middle = (first + after) >> 1;
    if ((forward[middle]?.low ?? 0) < point) first = middle + 1;
    else after = middle;
  }
  return forward[first - 1];
}

/** Of a cluster, only what spans its zone. */
function spanning({ write, reads, low, high }: Cluster): Operation[] {
  const all = [...(write ? [write] : []), ...reads];
  const first = all.find(({ ended }) => ended === low);
  const last = all.find(({ invoked }) => invoked === high);
  return [...new Set([write, first, last])].flatMap((operation) => operation ?? []);
}
