/** The picture of a cluster: its nodes, and the transactions in doubt. */

import { validatorText } from "../../actors/validator.js";
import type { InDoubtStatus, NodeState, NodeStatus, Status } from "../../runtime/api.js";
import { forcedText } from "./doubts.js";
import { table } from "./table.js";
import { harmless, paint, type View } from "./view.js";

const NODE_HEADER = ["node", "role", "host", "pid", "epoch", "restarts", "state", "keys", "mailbox", "locks"];
const COLOURS: Partial<Record<NodeState, "green" | "yellow">> = {
  up: "green",
  starting: "yellow",
  "catching-up": "yellow",
};
const DOUBT_HEADER = ["in doubt", "age", "keys", "waiting for", "phases"];

/** The status as text: a line about the whole, a table of nodes, and one of transactions in doubt if there are any. */
export function statusText(view: View, status: Status): string {
  // A column only where there is something to say. It is the last one, for the sake of scripts.
  const ruled = status.nodes.some(({ validator }) => validator !== undefined);
  const nodes = table(
    view,
    ruled ? [...NODE_HEADER, "validator"] : NODE_HEADER,
    status.nodes.map((node) => [...nodeRow(view, node), ...(ruled ? [validatorOf(node)] : [])]),
  );
  const parts = [nodes, ...reasons(view, status.nodes)];
  const doubts = doubtText(view, status.inDoubt);
  if (doubts !== "") parts.push("", doubts);
  const forced = status.forced ?? [];
  if (forced.length > 0) parts.push("", ...forced.map((one) => harmless(`${one.txn}  ${forcedText(one)}`)));
  return view.terminal ? [headline(view, status), "", ...parts].join("\n") : parts.join("\n");
}

/** Who waits for whom; empty for a program when nobody does. */
export function doubtText(view: View, doubts: readonly InDoubtStatus[]): string {
  if (doubts.length > 0) return table(view, DOUBT_HEADER, doubts.map(doubtRow));
  return view.terminal ? "no transaction in doubt" : "";
}

/** What runs where, in one line. */
export function headline(view: View, status: Status): string {
  const { hosts, protocol, membership, leader, data, url, chaos } = status;
  const voters = membership === "all" ? "all replicas vote" : "the up-set votes";
  const facts = [`${hosts}`, protocol, voters, leader && `${leader} leads`, data, url, chaos && "chaos"].filter(
    Boolean,
  );
  return `${paint(view, "bold", status.cluster)}  ${facts.join("  ")}`;
}

function nodeRow(view: View, node: NodeStatus): string[] {
  const { id, role, host, pid, epoch, restarts, state, details } = node;
  const painted = stateText(view, state);
  const counts = [details?.keys, details?.mailbox, details?.locks];
  return [id, role, host, shown(pid), shown(epoch), String(restarts), painted, ...counts.map(shown)];
}

export function stateText(view: View, state: NodeState): string {
  return paint(view, COLOURS[state] ?? "red", state);
}

function validatorOf({ validator }: NodeStatus): string {
  return validator === undefined ? "-" : harmless(validatorText(validator));
}

export function reasons(view: View, nodes: readonly NodeStatus[]): string[] {
  if (!view.terminal) return [];
  return nodes.flatMap((node) =>
    node.reason === undefined ? [] : [`  ${paint(view, "yellow", node.id)}: ${whyAway(node)}`],
  );
}

/** Why a node is not up, and what to do. */
export function whyAway({ reason = "it is not up", next }: NodeStatus): string {
  return next === undefined ? reason : `${reason}; ${next}`;
}

function doubtRow({ txn, ageMs, keys, files = [], waitingFor, phases }: InDoubtStatus): string[] {
  const named = [...keys.map((key) => JSON.stringify(key)), ...files.map((path) => `file ${JSON.stringify(path)}`)];
  const said = Object.entries(phases).map(([node, phase]) => `${node}:${phase}`);
  return [txn, age(ageMs), named.join(","), waitingFor.join(","), said.join(" ")];
}

function age(ageMs: number): string {
  return ageMs < 10_000 ? `${Math.round(ageMs)} ms` : `${Math.round(ageMs / 1000)} s`;
}

export function shown(value: number | undefined): string {
  return value === undefined ? "-" : String(value);
}
