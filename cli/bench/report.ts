/** What a benchmark says in the end: rates, latencies, aborts, and the cost of each transaction. */

import type { RecordableHistogram } from "node:perf_hooks";
import type { Status } from "../../runtime/api.js";
import { table } from "../output/table.js";
import { paint, type View } from "../output/view.js";
import type { Load, Tally } from "./load.js";

/** The numbers of one run. The first eight names are a promise to scripts. */
export type Report = {
  transactionsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  committed: number;
  aborted: Record<string, number>;
  messagesPerTransaction: number;
  forcedWritesPerTransaction: number;
  flushesPerTransaction: number;
  unknown: Record<string, number>;
  readsPerSecond: number;
  readP50Ms: number;
  readP99Ms: number;
  failedReads: Record<string, number>;
  seconds: number;
  clients: number;
  keys: number;
  reads: number;
  operations: number;
  functions: boolean;
  valueBytes: number;
  hosts: string;
  replicas: number;
  protocol: string;
};

type Counts = { messages: number; forcedWrites: number; flushes: number };

/** What a run came to, from what the clients saw and what the nodes counted meanwhile. */
export function reportOf(load: Load, tally: Tally, before: Status, after: Status): Report {
  const seconds = Math.max(tally.tookMs / 1000, 0.001);
  const { committed, aborted, unknown, failedReads } = tally;
  const ended = committed + total(aborted) + total(unknown);
  const spent = difference(countsOf(before), countsOf(after));
  return {
    transactionsPerSecond: round(committed / seconds, 1),
    p50Ms: percentile(tally.transactionLatency, 50),
    p99Ms: percentile(tally.transactionLatency, 99),
    committed,
    aborted,
    messagesPerTransaction: each(spent.messages, ended),
    forcedWritesPerTransaction: each(spent.forcedWrites, ended),
    flushesPerTransaction: each(spent.flushes, ended),
    unknown,
    readsPerSecond: round(tally.reads / seconds, 1),
    readP50Ms: percentile(tally.readLatency, 50),
    readP99Ms: percentile(tally.readLatency, 99),
    failedReads,
    seconds: round(seconds, 2),
    clients: load.clients,
    keys: load.keys,
    reads: load.reads,
    operations: load.operations,
    functions: load.functions,
    valueBytes: load.valueBytes,
    hosts: after.hosts,
    replicas: after.nodes.filter(({ role }) => role !== "coordinator").length,
    protocol: load.protocol ?? after.protocol,
  };
}

/** The report for people. */
export function reportText(view: View, report: Report): string {
  const { seconds, clients, hosts, replicas, protocol, operations, functions, valueBytes, reads } = report;
  const wrote = report.committed + total(report.aborted) + total(report.unknown) > 0;
  const rows = [...(wrote ? transactionRows(report) : []), ...(reads > 0 ? readRows(report) : [])];
  const title = `${clients} clients, ${seconds} s, ${replicas} replicas in ${hosts}, ${protocol}`;
  const first = functions ? ", read first" : "";
  const shape = `${operations} operation${operations === 1 ? "" : "s"} of ${valueBytes} bytes${first}`;
  return `${paint(view, "bold", title)}, ${shape}\n${table(view, ["measured", "value"], rows)}`;
}

function transactionRows(report: Report): string[][] {
  return [
    ["transactions/s", String(Math.round(report.transactionsPerSecond))],
    ["p50", `${report.p50Ms} ms`],
    ["p99", `${report.p99Ms} ms`],
    ["committed", String(report.committed)],
    ["aborted", byCode(report.aborted)],
    ...(total(report.unknown) > 0 ? [["unknown", byCode(report.unknown)]] : []),
    ["messages/transaction", String(report.messagesPerTransaction)],
    ["forced writes/transaction", String(report.forcedWritesPerTransaction)],
    ["flushes/transaction", String(report.flushesPerTransaction)],
  ];
}

function readRows(report: Report): string[][] {
  return [
    ["reads/s", String(Math.round(report.readsPerSecond))],
    ["read p50", `${report.readP50Ms} ms`],
    ["read p99", `${report.readP99Ms} ms`],
    ...(total(report.failedReads) > 0 ? [["failed reads", byCode(report.failedReads)]] : []),
  ];
}

function byCode(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([code, times]) => `${times} ${code}`);
  return parts.length > 0 ? parts.join(", ") : "0";
}

function countsOf({ nodes }: Status): Map<string, Counts> {
  return new Map(nodes.flatMap(({ id, details }) => (details ? [[id, details] as const] : [])));
}

/** A node that restarted meanwhile counts from zero again: then all it counted is new. */
function difference(before: Map<string, Counts>, after: Map<string, Counts>): Counts {
  const spent: Counts = { messages: 0, forcedWrites: 0, flushes: 0 };
  for (const [id, now] of after) {
    const earlier = before.get(id);
    for (const name of ["messages", "forcedWrites", "flushes"] as const) {
      const base = earlier?.[name] ?? 0;
      spent[name] += now[name] >= base ? now[name] - base : now[name];
    }
  }
  return spent;
}

function each(spent: number, transactions: number): number {
  return transactions === 0 ? 0 : round(spent / transactions, 3);
}

function percentile(histogram: RecordableHistogram, percent: number): number {
  return histogram.count === 0 ? 0 : round(histogram.percentile(percent) / 1000, 3);
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, times) => sum + times, 0);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
