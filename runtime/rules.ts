/** Decides which rules for the votes of a node may enter. */

import type { NodeId } from "../actors/transaction.js";
import type { Rule } from "../actors/validator.js";
import { AyesError } from "./errors.js";
import { describe } from "./json-shape.js";
import { checkText } from "./keys.js";
import { checkNode } from "./requests.js";
import { requireFields, requireKind, requireObject } from "./validation.js";

const RULE_FIELDS: Record<Rule["rule"], readonly string[]> = {
  always: [],
  "no-next": [],
  "max-value-bytes": ["bytes"],
  "create-only": ["keys"],
  "must-exist": ["keys"],
  minimum: ["keys", "least"],
  person: [],
};

/** The names of all rules. */
export const RULES = Object.keys(RULE_FIELDS) as Rule["rule"][];

/** A rule as plain data, for the core. */
export function checkRule(rule: unknown): Rule {
  const record = requireObject(rule, "the validator");
  const name = requireKind(record.rule, RULE_FIELDS, "the rule of the validator");
  requireFields(record, ["rule", ...RULE_FIELDS[name]], `the validator ${name}`);
  const { bytes, keys, least } = record;
  switch (name) {
    case "max-value-bytes":
      return { rule: name, bytes: checkBytes(bytes) };
    case "minimum":
      return { rule: name, keys: checkPattern(keys), least: checkLeast(least) };
    case "create-only":
    case "must-exist":
      return { rule: name, ...(keys !== undefined && { keys: checkPattern(keys) }) };
    default:
      return { rule: name };
  }
}

/** The name of a node that votes in this cluster. */
export function checkVoter(
  node: unknown,
  { coordinators, replicas }: { coordinators: readonly NodeId[]; replicas: readonly NodeId[] },
): NodeId {
  const name = checkNode(node);
  if (replicas.includes(name)) return name;
  const voters = `${replicas.join(", ")} ${replicas.length === 1 ? "does" : "do"}`;
  if (coordinators.includes(name)) throw new AyesError("invalid", `${name} never votes; ${voters}`, { node: name });
  throw new AyesError("no-such-node", `there is no node ${name} that votes; ${voters}`);
}

/** It is about the texts that keys are for the core. */
function checkPattern(keys: unknown): string {
  if (keys === "") throw new AyesError("invalid", "keys must not be empty");
  return checkText(keys, "keys");
}

function checkBytes(bytes: unknown): number {
  if (typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new AyesError("invalid", `bytes must be a whole number of at least 0, not ${describe(bytes)}`);
}

function checkLeast(least: unknown): number {
  // Adding 0 turns -0 into 0.
  if (typeof least === "number" && Number.isFinite(least)) return least + 0;
  throw new AyesError("invalid", `least must be a number, not ${describe(least)}`);
}
