/** What a verification found, for people and for programs. */

import type { NodeVerdict, Verification } from "../../runtime/healing-api.js";
import { table } from "./table.js";
import { harmless, paint, type View } from "./view.js";

const HEADER = ["node", "role", "verdict", "keys", "log records", "in doubt", "digest"];

/** A table of nodes; below it what is wrong, and what to do. */
export function verificationText(view: View, { nodes, differences }: Verification): string {
  const rows = nodes.map((node) => {
    const { role, keys, logRecords, inDoubt = 0, digest } = node;
    const verdict = paint(view, node.whole ? "green" : "red", verdictOf(node));
    return [node.node, role, verdict, shown(keys), shown(logRecords), String(inDoubt), digest ?? "-"];
  });
  const damages = nodes.flatMap(({ node, damages }) =>
    damages.map(({ code, message }) => `${node}: ${code}: ${message}`),
  );
  const differing = differences.map(({ key, nodes }) => `${nodes.join(", ")}: key ${JSON.stringify(key)} differs`);
  const next = nodes.flatMap(({ node, next }) => (next === undefined ? [] : [`${node}: ${next}`]));
  const orphans = nodes.flatMap(({ node, orphans = [] }) => orphans.map((name) => `${node}: no file needs ${name}`));
  return [table(view, HEADER, rows), ...[...damages, ...differing, ...orphans, ...next].map(harmless)].join("\n");
}

/** One object for each node, then the verdict. */
export function verificationLines({ whole, nodes, differences }: Verification): object[] {
  const verdict = whole ? "whole" : nodes.some(({ damages }) => damages.length > 0) ? "damaged" : "different";
  return [...nodes.map((node) => ({ ...node, verdict: verdictOf(node) })), { verdict, whole, differences }];
}

function verdictOf({ whole, damages }: NodeVerdict): string {
  if (whole) return "whole";
  return damages.length > 0 ? "damaged" : "differs";
}

function shown(count: number | undefined): string {
  return count === undefined ? "-" : String(count);
}
