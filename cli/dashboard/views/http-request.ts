/** A message between nodes, written as the HTTP request that it would be. */

import type { Arrow, Diagram } from "../../diagram/diagram.js";

/** Nodes speak a denser language over links of their own; what they say is this. */
export function requestText({ body, source, target, leaves }: Arrow, { turns, startedAt, times }: Diagram): string {
  const content = JSON.stringify(body);
  const epoch = turns.find(({ row }) => row === leaves)?.epoch;
  const agent = epoch === undefined ? source : `${source} (epoch ${epoch})`;
  const headers = [
    `POST /${body.kind} HTTP/1.1`,
    `Host: ${target}`,
    `User-Agent: ayes ${agent}`,
    "Content-Type: application/json",
    `Content-Length: ${new TextEncoder().encode(content).length}`,
    `Date: ${new Date(startedAt + (times[leaves] ?? 0)).toUTCString()}`,
  ];
  return `${headers.join("\n")}\n\n${content}`;
}
