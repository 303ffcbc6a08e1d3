/** What follows the commands for what people do by hand. */

import { type Arguments, integerOf, numberOf, textOf } from "./arguments.js";
import { Problem } from "./problem.js";
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

/** Which of `list`, `resolve` and `forget`. */
export function parseDoubt(input: Arguments): Statement {
  const asked = input.takeAny();
  const older = input.option("--older-than");
  if (asked === undefined)
    return { kind: "doubt", asked: "list", olderThanMs: older ? numberOf(older, "the age in seconds") * 1000 : 0 };
  if (asked.text !== "resolve" && asked.text !== "forget") {
    throw new Problem("after doubt comes resolve or forget, or nothing", asked.start);
  }
  const txn = input.text("the id of the transaction");
  if (asked.text === "forget") return { kind: "doubt", asked: "forget", txn };
  const order = input.choice("what to force", VOTES);
  const reason = input.option("--reason");
  if (!reason) throw new Problem('a forced outcome needs --reason "...", which stays in the logs', asked.start);
  const nodes = input.option("--node")?.text.split(",");
  return { kind: "doubt", asked: "resolve", txn, order, reason: textOf(reason, "the reason"), ...(nodes && { nodes }) };
}

export function parseVote(input: Arguments): Statement {
  const node = input.text("the node");
  const txn = input.text("the id of the transaction");
  const yes = input.choice("the vote", VOTES) === "commit";
  const reason = input.takeAny();
  return { kind: "vote", node, txn, yes, reason: reason && textOf(reason, "the reason") };
}
