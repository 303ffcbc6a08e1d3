/** What a node demands of a transaction before it votes yes: rules as plain data, and how each of them judges. */

import { type Demand, flawOf, type Sight } from "./demand.js";
import { isOwnKey } from "./own-key.js";
import type { Key, Why, Write } from "./transaction.js";

/** A key in which each `*` stands for any text, also none: `accounts/*`. */
export type KeyPattern = string;

/** A rule for the votes of one node. What it objects to is aborted with `vetoed`; what it lets pass may fail otherwise. */
export type Rule =
  /** Nothing is demanded. */
  | { rule: "always" }
  /** The next vote that would be a yes is a no. Then what ruled before rules again. */
  | { rule: "no-next" }
  /** No value that is written has more bytes: as JSON text in UTF-8, or as they are. */
  | { rule: "max-value-bytes"; bytes: number }
  /** Written keys must not exist yet, or must exist already: all of them, or those of a pattern. */
  | { rule: "create-only" | "must-exist"; keys?: KeyPattern }
  /** What these keys become is a number, and not less than this. They may be deleted. */
  | { rule: "minimum"; keys: KeyPattern; least: number }
  /** A person is asked about each transaction. */
  | { rule: "person" };

/** What rules a node's votes: a rule, or somebody outside of the nodes who is asked about each transaction. */
export type Validator =
  | Exclude<Rule, { rule: "no-next" }>
  | { rule: "no-next"; after: Validator }
  | { rule: "outside" };

/** What somebody outside said of one transaction. */
export type Verdict = { rule: "verdict"; yes: boolean; detail: string };

type Objection = Pick<Why, "key" | "detail">;
type WriteRule = Exclude<Rule, { rule: "always" | "no-next" | "person" }>;

export const ALWAYS: Validator = { rule: "always" };

/** Whether somebody outside of the node decides. */
export function isAsked({ rule }: Validator | Verdict): boolean {
  return rule === "outside" || rule === "person";
}

/** What rules once this rule was given to a node with that one. */
export function succeed(current: Validator, next: Rule | Validator): Validator {
  if (next.rule !== "no-next" || "after" in next) return next;
  return { ...next, after: current.rule === "no-next" ? current.after : current };
}

/** What there is against these writes. Whoever is outside is not asked here, and objects to nothing before. */
export function objectionTo(
  writes: readonly Write[],
  ruling: Validator | Verdict,
  sight: Sight,
): Objection | undefined {
  switch (ruling.rule) {
    case "always":
    case "outside":
    case "person":
      return undefined;
    case "no-next":
      return { detail: "no-next" };
    case "verdict":
      return ruling.yes ? undefined : { detail: ruling.detail };
    default: {
      const demand = demandOf(ruling);
      for (const write of writes) {
        const flaw = isMeant(write.key, ruling) ? flawOf(write, demand, sight) : undefined;
        if (flaw !== undefined) return { key: write.key, detail: `${validatorText(ruling)}: ${flaw}` };
      }
      return undefined;
    }
  }
}

function demandOf(rule: WriteRule): Demand {
  switch (rule.rule) {
    case "max-value-bytes":
      return { kind: "maxBytes", limit: rule.bytes };
    case "create-only":
      return { kind: "createOnly", limit: true };
    case "must-exist":
      return { kind: "mustExist", limit: true };
    case "minimum":
      return { kind: "min", limit: rule.least };
  }
}

/** Files have no values that a rule could be about. */
function isMeant(key: Key, rule: WriteRule): boolean {
  if (isOwnKey(key)) return false;
  return !("keys" in rule) || rule.keys === undefined || matches(key, rule.keys);
}

/** As people write it at the prompt: `minimum accounts/* 0`. */
export function validatorText(validator: Validator): string {
  switch (validator.rule) {
    case "no-next":
      return `no-next, then ${validatorText(validator.after)}`;
    case "max-value-bytes":
      return `max-value-bytes ${validator.bytes}`;
    case "create-only":
    case "must-exist":
      return validator.keys === undefined ? validator.rule : `${validator.rule} ${patternText(validator.keys)}`;
    case "minimum":
      return `minimum ${patternText(validator.keys)} ${validator.least}`;
    default:
      return validator.rule;
  }
}

function patternText(keys: KeyPattern): string {
  return /^[\w/.:*][\w/.:*@-]*$/.test(keys) ? keys : JSON.stringify(keys);
}

function matches(key: Key, pattern: KeyPattern): boolean {
  const [start = "", ...parts] = pattern.split("*");
  const end = parts.pop();
  if (end === undefined) return key === pattern;
  if (!key.startsWith(start)) return false;
  let at = start.length;
  for (const part of parts) {
    const found = key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return key.length - end.length >= at && key.endsWith(end);
}
