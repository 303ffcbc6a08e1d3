/** `watch [PREFIX] [--since POSITION]`: which changes to show. */

import { Arguments, keyOf, textOf } from "./arguments.js";
import { describe } from "./grammar.js";
import type { Statement } from "./statement.js";
import type { Token } from "./tokens.js";

/** Whether this is how often to repeat a statement, rather than what keys begin with. */
export function isSeconds(token: Token): boolean {
  return token.kind === "word" && token.bare && /^\d+(\.\d+)?$/.test(token.text);
}

/** What follows `watch`. */
export function parseFollow(tokens: readonly Token[]): Statement {
  const [first] = tokens;
  if (!first) return { kind: "follow", prefix: undefined, since: undefined };
  const { usage, options } = describe("watch");
  const input = new Arguments(first, tokens, usage, options);
  const prefix = input.takeAny();
  const since = input.option("--since");
  input.end();
  return {
    kind: "follow",
    prefix: prefix && keyOf(prefix, "the prefix"),
    since: since && textOf(since, "--since"),
  };
}
