/** What follows the commands for what people do by hand. */

import { type Arguments, integerOf, textOf } from "./arguments.js";
import type { Statement } from "./statement.js";

const STEPS: readonly string[] = ["next", "list", "on", "off"];
const VOTES = ["commit", "abort"] as const;

export function parseBallots(input: Arguments): Statement {
  const node = input.takeAny();
  return { kind: "ballots", node: node && textOf(node, "the node") };
}

/** A whole number is something that is held, any other word a transaction. */
export function parseStepping(input: Arguments): Statement {
  const first = input.takeAny();
  const word = first?.text.toLowerCase() ?? "next";
  if (first && !(first.bare && (STEPS.includes(word) || /^\d+$/.test(word))))
    return on(textOf(first, "the transaction"));
  if (word === "list") return { kind: "held" };
  if (word === "off") return { kind: "stepping", plan: "off" };
  if (word !== "on")
    return { kind: "release", id: first && word !== "next" ? integerOf(first, "what to release", 1) : "next" };
  const txn = input.takeAny();
  return on(txn && textOf(txn, "the transaction"));
}

function on(txn: string | undefined): Statement {
  return { kind: "stepping", plan: txn === undefined ? {} : { txn } };
}

export function parseVote(input: Arguments): Statement {
  const node = input.text("the node");
  const txn = input.text("the id of the transaction");
  const yes = input.choice("the vote", VOTES) === "commit";
  const reason = input.takeAny();
  return { kind: "vote", node, txn, yes, reason: reason && textOf(reason, "the reason") };
}
