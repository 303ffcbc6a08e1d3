/** What a cluster does now, on one screen or in one line. */

import type { NodeStatus, Status } from "../../runtime/api.js";
import { bytesText } from "./amounts.js";
import type { Second } from "./rates.js";
import { doubtText, headline, reasons, shown, stateText } from "./status.js";
import { table } from "./table.js";
import { paint, type View } from "./view.js";

const NODE_HEADER = [
  "node",
  "role",
  "state",
  "epoch",
  "restarts",
  "mailbox",
  "locks",
  "readers",
  "keys",
  "log",
  "size",
];
const LINE_HEADER = ["time", "committed/s", "aborted/s", "unknown/s", "p50 ms", "p95 ms", "p99 ms"];
const LINE_REST = ["flushes/txn", "messages/txn", "up", "in doubt", "oldest ms", "aborts"];

/** For a person: the whole, its nodes, and who is in doubt. Without a second, nothing is known of rates yet. */
export function topText(view: View, status: Status, second: Second | undefined): string {
  const nodes = table(
    view,
    NODE_HEADER,
    status.nodes.map((node) => nodeRow(view, node)),
  );
  const load = second ? loadLines(view, second) : ["measuring..."];
  const doubts = doubtText(view, status.inDoubt);
  return [headline(view, status), "", ...load, "", nodes, ...reasons(view, status.nodes), "", doubts].join("\n");
}

/** The names of the fields of `topLine`. */
export function topHeader(): string {
  return [...LINE_HEADER, ...LINE_REST].join("\t");
}

/** For a program: one line of fields. */
export function topLine(status: Status, second: Second): string {
  const { committed, unknown, p50, p95, p99, flushesEach, messagesEach, inDoubt } = second;
  const up = status.nodes.filter(({ state }) => state === "up").length;
  const oldest = Math.max(0, ...status.inDoubt.map(({ ageMs }) => ageMs));
  return [
    new Date(second.at).toISOString(),
    ...[committed, abortedIn(second), unknown].map((rate) => rate.toFixed(1)),
    ...[p50, p95, p99, flushesEach, messagesEach].map((amount) => amountText(amount)),
    `${up}/${status.nodes.length}`,
    String(inDoubt),
    String(oldest),
    reasonsOf(second).join(" ") || "-",
  ].join("\t");
}

function loadLines(view: View, second: Second): string[] {
  const { committed, unknown, p50, p95, p99, flushesEach, messagesEach } = second;
  const aborted = abortedIn(second);
  const rates = [
    `${paint(view, "green", committed.toFixed(0))} committed/s`,
    `${paint(view, aborted > 0 ? "red" : "dim", aborted.toFixed(0))} aborted/s`,
    `${paint(view, unknown > 0 ? "yellow" : "dim", unknown.toFixed(0))} unknown/s`,
  ];
  const times = [`p50 ${amountText(p50)}`, `p95 ${amountText(p95)}`, `p99 ${amountText(p99)} ms`];
  const costs = [`${amountText(flushesEach)} flushes`, `${amountText(messagesEach)} messages a transaction`];
  const aborts = reasonsOf(second);
  return [
    rates.join("   "),
    `${times.join("   ")}      ${costs.join("   ")}`,
    ...(aborts.length > 0 ? [`aborts/s  ${aborts.join("   ")}`] : []),
  ];
}

function nodeRow(view: View, { id, role, state, epoch, restarts, details }: NodeStatus): string[] {
  const { mailbox, locks, readers, keys, logRecords, bytes } = details ?? {};
  const counts = [mailbox, locks, readers, keys, logRecords].map(shown);
  const size = bytes === undefined ? "-" : bytesText(bytes);
  return [id, role, stateText(view, state), shown(epoch), String(restarts), ...counts, size];
}

function abortedIn({ aborted }: Second): number {
  return Object.values(aborted).reduce((sum, rate) => sum + rate, 0);
}

/** Those that happened. */
function reasonsOf({ aborted }: Second): string[] {
  return Object.entries(aborted)
    .filter(([, rate]) => rate > 0)
    .sort(([, left], [, right]) => right - left)
    .map(([code, rate]) => `${code} ${rate.toFixed(1)}`);
}

function amountText(amount: number | null): string {
  if (amount === null) return "-";
  return amount < 10 ? amount.toFixed(2) : amount.toFixed(0);
}
