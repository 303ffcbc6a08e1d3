/** What follows the commands for what people do by hand. */

import { type Arguments, textOf } from "./arguments.js";
import type { Statement } from "./statement.js";

const VOTES = ["commit", "abort"] as const;

export function parseBallots(input: Arguments): Statement {
  const node = input.takeAny();
  return { kind: "ballots", node: node && textOf(node, "the node") };
}

export function parseVote(input: Arguments): Statement {
  const node = input.text("the node");
  const txn = input.text("the id of the transaction");
  const yes = input.choice("the vote", VOTES) === "commit";
  const reason = input.takeAny();
  return { kind: "vote", node, txn, yes, reason: reason && textOf(reason, "the reason") };
}
