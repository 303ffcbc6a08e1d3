/** What is over, as text: how a cluster ended, and how it was at one step. */

import type { Key } from "../../runtime/composite.js";
import type { Past, PastDoubt, PastLock, PastMoment, PastNode, PastValue } from "../../runtime/past/past-api.js";
import { counted } from "./amounts.js";
import { shown } from "./status.js";
import { table } from "./table.js";
import { harmless, paint, type View } from "./view.js";

const NODE_HEADER = ["node", "role", "store", "epoch", "log", "locks", "position", "lacks"];
const NODE_HEADER_RECORDED = ["node", "role", "state", "epoch", "turn", "locks", "keys"];
const COLOURS: Readonly<Record<string, "green" | "yellow">> = { whole: "green", up: "green", unknown: "yellow" };

export function pastText(view: View, past: Past): string {
  const { place, cluster, protocol, membership, nodes, inDoubt, locks } = past;
  const voters = membership === "all" ? "all replicas vote" : "the up-set votes";
  const [span, drawn, doubts] = [spanText(past), nodesText(view, past, nodes), doubtsText(view, inDoubt)];
  const parts = [
    `${paint(view, "bold", cluster)}  ${protocol}  ${voters}  ${place}`,
    ...[span, "", drawn, ...problems(nodes), "", doubts],
    ...(locks.length > 0 ? ["", locksText(view, locks)] : []),
  ];
  return harmlessly(view, parts.join("\n"));
}

export function momentText(view: View, { step, event, nodes, values, next, locks, inDoubt }: PastMoment, past: Past) {
  const unit = past.source === "logs" ? "commit" : "turn";
  const place = event?.position === undefined ? "" : `, position ${event.position}`;
  const said = event ? `${place}: ${event.text}` : ": before the first one";
  const rows = values.map((value) => [named(value.key), ...contentOf(value)]);
  const drawn = nodesText(view, past, nodes);
  const parts = [
    `after ${unit} ${step} of ${past.steps}${said}`,
    ...["", drawn],
    ...(inDoubt && inDoubt.length > 0 ? ["", doubtsText(view, inDoubt)] : []),
    ...(locks && locks.length > 0 ? ["", locksText(view, locks)] : []),
    "",
    rows.length > 0 ? table(view, ["key", "value", "version"], rows) : "no keys",
    ...(next === undefined ? [] : [`more keys, from ${named(next)} on: --limit, --key`]),
  ];
  return harmlessly(view, parts.join("\n"));
}

function spanText({ source, steps, first, last, complete }: Past): string {
  if (source === "recording") return `recorded ${counted(steps, "turn")}`;
  if (steps === 0) return complete ? "nothing was ever committed" : "no commit is known any more";
  const span = `${counted(steps, "commit")}, at positions ${first} to ${last}`;
  return complete
    ? `${span}: all there ever were`
    : `${span}; what was before them is known only where it never changed`;
}

function nodesText(view: View, { source }: Past, nodes: readonly PastNode[]): string {
  const isRecorded = source === "recording";
  const rows = nodes.map(({ id, role, state, epoch, records, locks, position, lacks, turn, keys }) => {
    const counts = isRecorded ? [epoch, turn, locks, keys] : [epoch, records, locks, position, lacks];
    return [id, role, paint(view, COLOURS[state] ?? "red", state), ...counts.map(shown)];
  });
  return table(view, isRecorded ? NODE_HEADER_RECORDED : NODE_HEADER, rows);
}

function problems(nodes: readonly PastNode[]): string[] {
  return nodes.flatMap(({ id, problems: found }) => found.map((problem) => `  ${id}: ${problem}`));
}

function doubtsText(view: View, doubts: readonly PastDoubt[]): string {
  if (doubts.length === 0) return "no transaction in doubt";
  const rows = doubts.map(({ txn, at, keys, waitingFor, logs }) => {
    const said = Object.entries(logs).map(([node, says]) => `${node}: ${says}`);
    return [txn, new Date(at).toISOString(), keys.map(named).join(" "), waitingFor.join(","), said.join(", ")];
  });
  return table(view, ["in doubt", "since", "keys", "waiting for", "what logs prove"], rows);
}

function locksText(view: View, locks: readonly PastLock[]): string {
  const rows = locks.map(({ node, txn, writes, reads }) => {
    return [node, txn, writes.map(named).join(" "), reads.map(named).join(" ")];
  });
  return table(view, ["locked at", "by", "writes", "reads"], rows);
}

function contentOf(found: PastValue): [string, string] {
  switch (found.state) {
    case "present": {
      const { value, version } = found;
      return [value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value), version];
    }
    case "absent":
      return ["-", "-"];
    case "unknown":
      return ["not known any more", "-"];
  }
}

function named(key: Key): string {
  return typeof key === "string" && key.startsWith("file ") ? key : JSON.stringify(key);
}

/** Colours are ours; whatever else is no text comes from users. */
function harmlessly(view: View, text: string): string {
  return view.colour ? text : harmless(text);
}
