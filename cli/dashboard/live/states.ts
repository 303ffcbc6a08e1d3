/** How a node is, in one word and with its reason: what the status says, and what it means for transactions. */

import type { InDoubtStatus, NodeStatus } from "../../../runtime/api.js";

export type Tone = "good" | "warn" | "bad";
export type Condition = { word: string; tone: Tone; why: string | undefined };

const WORDS: Record<NodeStatus["state"], [string, Tone]> = {
  starting: ["replaying", "warn"],
  "catching-up": ["catching up", "warn"],
  up: ["up", "good"],
  silent: ["not answering", "bad"],
  down: ["down", "bad"],
  held: ["down", "bad"],
  "gave-up": ["gave up", "bad"],
  stopped: ["stopped", "bad"],
};

/** The word alone. */
export function wordFor(state: NodeStatus["state"]): { word: string; tone: Tone } {
  const [word, tone] = WORDS[state];
  return { word, tone };
}

/** What is known of the others. */
type Seen = { nodes: readonly NodeStatus[]; inDoubt: readonly InDoubtStatus[] };

/** Up but unable to decide is a condition of its own. */
export function conditionOf(node: NodeStatus, { nodes, inDoubt }: Seen): Condition {
  const [word, tone] = WORDS[node.state];
  if (node.state === "silent" && node.next?.startsWith("resume"))
    return { word: "paused", tone: "warn", why: node.reason };
  const why = node.next === undefined ? node.reason : `${node.reason}; ${node.next}`;
  if (node.state !== "up") return { word, tone, why };
  const held = inDoubt.filter((doubt) => isBlockedAt(node.id, doubt, nodes));
  const [first] = held;
  if (!first) return { word, tone, why };
  const missing = missingFor(first, nodes).join(", ");
  const what = held.length === 1 ? "a transaction" : `${held.length} transactions`;
  return { word: "blocked", tone: "warn", why: `it has promised ${what} and cannot decide without ${missing}` };
}

/** Who is waited for and does not serve. */
export function missingFor({ waitingFor }: InDoubtStatus, nodes: readonly NodeStatus[]): string[] {
  return waitingFor.filter((name) => nodes.find(({ id }) => id === name)?.state !== "up");
}

/** Whether this node has promised, and whoever knows the end is away. */
function isBlockedAt(id: string, doubt: InDoubtStatus, nodes: readonly NodeStatus[]): boolean {
  return PROMISED.has(doubt.phases[id] ?? "") && missingFor(doubt, nodes).length > 0;
}

/** Phases in which a node cannot decide alone. */
export const PROMISED: ReadonlySet<string> = new Set(["prepared", "precommitted"]);
