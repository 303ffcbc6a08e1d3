/** What stands above and below the picture of a transaction: how it ended, what it cost, how long it took. */

import type { Diagram } from "./diagram.js";
import { durationText } from "./duration.js";

export function headOf({ txn, end, costs, source }: Diagram): string[] {
  const { protocol, messages, forcedWrites, rounds, formula, disturbed } = costs;
  const title = `transaction ${txn}  ${end.blocked ? "blocked" : end.outcome}  ${protocol}`;
  if (source === "logs") {
    const note = "Nobody looked on: this is what the logs of the nodes still prove. Messages are not in them.";
    return [title, end.sentence, note];
  }
  const said = (count: number, is: number | undefined, says: string | undefined) =>
    is === undefined ? `${count}` : `${count} (${disturbed ? "undisturbed " : ""}${says} = ${is})`;
  const counted = [
    `messages ${said(messages, formula?.messages, formula?.says.messages)}`,
    `forced writes ${said(forcedWrites, formula?.forcedWrites, formula?.says.forcedWrites)}`,
    rounds.toAnswer > 0
      ? `rounds ${rounds.toAnswer} to the answer, ${rounds.inAll} in all`
      : `rounds ${rounds.inAll} in all`,
  ];
  return [title, end.sentence, ...end.learned.slice(0, LEARNED_MOST), counted.join("; ")];
}

const LEARNED_MOST = 6;

export function spansText({ costs: { spans }, source }: Diagram): string[] {
  if (source === "logs" || spans.length === 0) return [];
  const told = spans.map(({ name, ms }) => `${name} ${durationText(ms)}`);
  return [
    told.join(", "),
    "■ forced to disk before anything is sent  □ noted  ┃ keys locked  ╎ down  ✗ nobody took it",
  ];
}
