/** The words of `constraint`: what is demanded of which keys. */

import { CONSTRAINT_KINDS, kindText } from "../../actors/constraint.js";
import { type Kind, VALUE_TYPES } from "../../actors/demand.js";
import { type Arguments, choiceOf, keyOf, numberOf, textOf, valueIn } from "./arguments.js";
import { Problem } from "./problem.js";
import type { ConstraintDraft, Statement, ValueSource } from "./statement.js";
import type { Token } from "./tokens.js";

/** The kinds as they are typed. */
export const KIND_WORDS: readonly string[] = CONSTRAINT_KINDS.map(kindText);

export const CONSTRAINT_ACTIONS = ["list", "add", "remove"] as const;

/** In a shell the same words may be written as options. */
export function parseConstraint(input: Arguments): Statement {
  const action = input.choice("what to do", CONSTRAINT_ACTIONS);
  if (action === "list") return { kind: "constraints" };
  const prefix = keyOf(input.take("the prefix"), "the prefix");
  if (action === "remove") return { kind: "unconstrain", prefix, kinds: input.rest().map(kindOf) };
  const rules: ConstraintDraft = {};
  for (let token: Token | undefined = input.take("a constraint"); token; token = input.takeAny()) {
    const kind = kindOf(token);
    if (rules[kind] !== undefined) throw new Problem(`${kindText(kind)} is given twice`, token.start);
    readRule(kind, input, rules);
  }
  return { kind: "constrain", prefix, rules };
}

function kindOf(token: Token): Kind {
  const word = choiceOf({ ...token, text: token.text.replace(/^--/, "") }, "a constraint", KIND_WORDS);
  return CONSTRAINT_KINDS.find((kind) => kindText(kind) === word) ?? "min";
}

function readRule(kind: Kind, input: Arguments, rules: ConstraintDraft): void {
  switch (kind) {
    case "min":
    case "max":
      rules[kind] = numberOf(input.take(`the number after ${kind}`), kind);
      break;
    case "type":
      rules.type = input.choice("the type", VALUE_TYPES);
      break;
    case "maxBytes":
      rules.maxBytes = input.integer("the number of bytes", 0);
      break;
    case "shape":
      rules.shape = schemaIn(input.take("the schema or its file"));
      break;
    default:
      rules[kind] = true;
  }
}

/** A schema is an object: what is none is the name of its file, with or without @. */
function schemaIn(token: Token): ValueSource {
  const isSchema = token.kind === "json" || /^\s*\{/.test(token.text);
  return isSchema ? valueIn(token) : { file: textOf(token, "the file").replace(/^@/, "") };
}
