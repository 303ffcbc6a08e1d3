/** What follows the commands that hurt a cluster. */

import { type CrashPlan, POINTS, type Point } from "../../runtime/faults.js";
import { type Arguments, choiceOf, durationOf } from "./arguments.js";
import type { FAULT_COMMANDS } from "./fault-commands.js";
import type { Statement } from "./statement.js";

export const FAULT_PARSERS: Record<keyof typeof FAULT_COMMANDS, (input: Arguments) => Statement> = {
  crash: (input) => ({ kind: "crash", node: input.text("the node"), plan: parsePlan(input) }),
  restart: (input) => ({ kind: "restart", node: input.text("the node") }),
  pause: (input) => ({ kind: "pause", node: input.text("the node"), on: true }),
  resume: (input) => ({ kind: "pause", node: input.text("the node"), on: false }),
  cut: (input) => ({ kind: "link", between: ends(input), state: "cut" }),
  mend: (input) => ({ kind: "link", between: ends(input), state: "whole" }),
  delay: (input) => ({
    kind: "link",
    between: ends(input),
    state: { delayMs: durationOf(input.take("the time"), "the time") },
  }),
};

function ends(input: Arguments): [string, string] {
  return [input.text("one node"), input.text("the other node")];
}

function parsePlan(input: Arguments): CrashPlan {
  const plan: CrashPlan = {};
  if (input.takeKeyword("at")) plan.at = input.choice("the point", Object.keys(POINTS) as Point[]);
  for (let token = input.takeAny(); token; token = input.takeAny()) {
    const word = choiceOf(token, "what follows", plan.at ? ["targets", "txn", "hit", "stay"] : ["at", "stay"]);
    if (word === "at") plan.at = input.choice("the point", Object.keys(POINTS) as Point[]);
    else if (word === "stay") plan.restart = false;
    else if (word === "txn") plan.txn = input.text("the id of the transaction");
    else if (word === "hit") plan.hit = input.integer("the number of the hit", 1);
    else plan.targets = parseTargets(input);
  }
  return plan;
}

/** `n1,n2`, also with spaces after the commas. */
function parseTargets(input: Arguments): string[] {
  const targets = [input.text("a target")];
  while (input.takeKeyword(",")) targets.push(input.text("a target"));
  return targets.flatMap((target) => target.split(",")).filter((target) => target !== "");
}
