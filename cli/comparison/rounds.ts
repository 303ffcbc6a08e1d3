/** How many message delays a transaction takes, counted in the journal of its nodes: the longest chain of messages. */

import type { JournalLine } from "../../runtime/journal.js";

/** Until its client can be told, and until nobody has anything to say any more. */
export type Rounds = { toAnswer: number; inAll: number };

export function roundsOf(lines: readonly JournalLine[], txn: string): Rounds {
  const depths = new Map<string, number>();
  let rounds: Rounds = { toAnswer: 0, inAll: 0 };
  // Lines of different nodes may be heard in any order: what a message follows from may be found only the next time.
  for (let before = -1; before !== depths.size + rounds.inAll; ) {
    before = depths.size + rounds.inAll;
    for (const line of lines) rounds = count(line, txn, depths, rounds);
  }
  return rounds;
}

function count(
  { node, inputs, messages }: JournalLine,
  txn: string,
  depths: Map<string, number>,
  before: Rounds,
): Rounds {
  const causes = inputs.flatMap((event) =>
    event.kind === "message" && "txn" in event.body && event.body.txn === txn
      ? [depths.get(`${event.source} ${node} ${event.body.kind}`) ?? 0]
      : [],
  );
  if (causes.length === 0) return before;
  const depth = Math.max(...causes);
  let { toAnswer, inAll } = before;
  for (const { target, body } of messages) {
    if (!("txn" in body) || body.txn !== txn) continue;
    if (body.kind === "outcome") toAnswer = Math.max(toAnswer, depth);
    else {
      depths.set(`${node} ${target} ${body.kind}`, depth + 1);
      inAll = Math.max(inAll, depth + 1);
    }
  }
  return { toAnswer, inAll };
}
