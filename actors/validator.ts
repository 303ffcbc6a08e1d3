/** What a node demands of a transaction before it votes yes: rules as plain data, and how each of them judges. */

import type { Key, Stored, Value, Why, Write } from "./transaction.js";

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
  | { rule: "minimum"; keys: KeyPattern; least: number };

/** What rules a node's votes: a rule, or somebody outside of the nodes who is asked about each transaction. */
export type Validator =
  | Exclude<Rule, { rule: "no-next" }>
  | { rule: "no-next"; after: Validator }
  | { rule: "outside" };

/** What somebody outside said of one transaction. */
export type Verdict = { rule: "verdict"; yes: boolean; detail: string };

type Objection = Pick<Why, "key" | "detail">;
type WriteRule = Exclude<Rule, { rule: "always" | "no-next" }>;

export const ALWAYS: Validator = { rule: "always" };

/** What rules once this rule was given to a node with that one. */
export function succeed(current: Validator, next: Rule | Validator): Validator {
  if (next.rule !== "no-next" || "after" in next) return next;
  return { ...next, after: current.rule === "no-next" ? current.after : current };
}

/** What there is against these writes. Whoever is outside is not asked here, and objects to nothing before. */
export function objectionTo(
  writes: readonly Write[],
  ruling: Validator | Verdict,
  read: (key: Key) => Stored | undefined,
): Objection | undefined {
  switch (ruling.rule) {
    case "always":
    case "outside":
      return undefined;
    case "no-next":
      return { detail: "no-next" };
    case "verdict":
      return ruling.yes ? undefined : { detail: ruling.detail };
    default:
      for (const write of writes) {
        const flaw = flawOf(write, ruling, read);
        if (flaw !== undefined) return { key: write.key, detail: `${validatorText(ruling)}: ${flaw}` };
      }
      return undefined;
  }
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

function flawOf({ key, value }: Write, rule: WriteRule, read: (key: Key) => Stored | undefined): string | undefined {
  if ("keys" in rule && rule.keys !== undefined && !matches(key, rule.keys)) return undefined;
  switch (rule.rule) {
    case "max-value-bytes":
      return value === undefined ? undefined : flawOfSize(byteLength(value), rule.bytes);
    case "create-only":
      return read(key) === undefined ? undefined : "the key exists";
    case "must-exist":
      return read(key) === undefined ? "the key does not exist" : undefined;
    case "minimum":
      return value === undefined ? undefined : flawOfNumber(value, rule.least);
  }
}

function flawOfSize(bytes: number, most: number): string | undefined {
  return bytes > most ? `the value has ${bytes} bytes` : undefined;
}

function flawOfNumber(value: Value, least: number): string | undefined {
  const number: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
  if (typeof number !== "number") return "it would be no number";
  return number < least ? `it would become ${number}` : undefined;
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

/** In UTF-8: each half of a surrogate pair counts for two of its four bytes. */
function byteLength(value: Value): number {
  if (typeof value !== "string") return value.length;
  let bytes = 0;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
