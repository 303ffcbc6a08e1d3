/** Every single fault and every pair of them, found by walking through what happens after the first. */

import type { NodeId, ProtocolName } from "../../actors/transaction.js";
import { type Blow, COORDINATOR, type Ending, KINDS, NODES, play, REPLICAS, type Turns } from "./matrix.js";

export type Single = { blow: Blow; ending: Ending };
export type Count = { settles: number; blocks: number; wrong: string[] };

/** One coordinator, and one participant for all: they are alike, but for the one that is elected first. */
const ROLES: Record<ProtocolName, readonly NodeId[]> = {
  "2pc": [COORDINATOR, ...REPLICAS.slice(0, 1)],
  "3pc": [COORDINATOR, ...REPLICAS.slice(0, 2)],
};

export function singles(protocol: ProtocolName): Single[] {
  const { run } = play(protocol, []);
  const blows = ROLES[protocol].flatMap((node) => blowsAt(node, run, "run"));
  return blows.map((blow) => ({ blow, ending: play(protocol, [blow]) }));
}

/** All second faults after one first: on whoever is left, and on anybody once the first victim is back. */
export function seconds({ blow, ending }: Single): Blow[] {
  const others = NODES.filter((node) => node !== blow.node);
  return [
    ...others.flatMap((node) => blowsAt(node, ending.run, "run")),
    ...NODES.flatMap((node) => blowsAt(node, ending.return, "return")),
  ];
}

/** What became of all pairs that begin with one first fault. */
export function countDoubles(protocol: ProtocolName, single: Single): Count {
  const count: Count = { settles: 0, blocks: 0, wrong: [] };
  for (const second of seconds(single)) {
    const { away, wrong } = play(protocol, [single.blow, second]);
    if (/^(blocks|waits)/.test(away)) count.blocks += 1;
    else count.settles += 1;
    count.wrong.push(...wrong.map((text) => `${nameOf(single.blow)}, then ${nameOf(second)}: ${text}`));
  }
  return count;
}

export function nameOf({ node, turn, kind, phase }: Blow): string {
  return `${node} turn ${turn}${phase === "return" ? " after the return" : ""} ${kind}`;
}

/** Flushes can only fail in turns that flush. */
function blowsAt(node: NodeId, turns: Turns, phase: Blow["phase"]): Blow[] {
  const { first, last, flushed } = turns[node] ?? { first: 1, last: 0, flushed: [] };
  const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return numbers.flatMap((turn) =>
    KINDS.filter((kind) => !kind.startsWith("flush") || flushed.includes(turn))
      // Before the first turn of a return there is no turn to be paused after.
      .filter((kind) => kind !== "pause" || phase === "run" || turn > 1)
      .map((kind): Blow => ({ node, turn, kind, phase })),
  );
}
