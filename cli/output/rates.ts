/** What happened in each second, from the differences of counts that only grow. */

import type { NodeDetails, Status } from "../../runtime/api.js";
import { spanOf, type Traffic } from "../../runtime/tally.js";

/** Counts at one moment; each grows until its node restarts. */
export type Sample = { at: number; status: Status };

/** One second of load. What cannot be told is null. */
export type Second = {
  at: number;
  committed: number;
  aborted: Readonly<Record<string, number>>;
  unknown: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  flushesEach: number | null;
  messagesEach: number | null;
  inDoubt: number;
};

/** One for each two samples that follow each other. */
export function secondsOf(samples: readonly Sample[]): Second[] {
  return samples.slice(1).map((later, index) => between(samples[index] as Sample, later));
}

/** What happened from one moment to the next. */
export function between(earlier: Sample, later: Sample): Second {
  const seconds = Math.max((later.at - earlier.at) / 1000, 0.001);
  const [before, after] = [earlier.status.traffic, later.status.traffic];
  const committed = grown(before.committed, after.committed);
  const aborted = Object.fromEntries(
    Object.entries(after.aborted).map(([code, count]) => [code, grown(countOf(before.aborted, code), count) / seconds]),
  );
  const spans = after.spans.map((count, index) => grown(before.spans[index] ?? 0, count));
  const ended = spans.reduce((sum, count) => sum + count, 0);
  const each = (name: "flushes" | "messages") =>
    ended > 0 ? worked(earlier.status, later.status, name) / ended : null;
  return {
    at: later.at,
    committed: committed / seconds,
    aborted,
    unknown: grown(before.unknown, after.unknown) / seconds,
    p50: percentile(spans, ended, 0.5),
    p95: percentile(spans, ended, 0.95),
    p99: percentile(spans, ended, 0.99),
    flushesEach: each("flushes"),
    messagesEach: each("messages"),
    inDoubt: later.status.inDoubt.length,
  };
}

/** A program that was restarted counts from 0. */
function grown(before: number, after: number): number {
  return after >= before ? after - before : after;
}

function countOf(counts: Traffic["aborted"], code: string): number {
  return (counts as Record<string, number>)[code] ?? 0;
}

/** Of all nodes that were up both times. */
function worked(earlier: Status, later: Status, name: keyof NodeDetails & ("flushes" | "messages")): number {
  const counts = later.nodes.map(({ id, epoch, details }) => {
    const before = earlier.nodes.find((node) => node.id === id && node.epoch === epoch)?.details;
    return details && before ? grown(before[name], details[name]) : 0;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

function percentile(spans: readonly number[], total: number, share: number): number | null {
  if (total === 0) return null;
  let seen = 0;
  const index = spans.findIndex((count) => {
    seen += count;
    return seen >= total * share;
  });
  return index < 0 ? null : spanOf(index);
}
