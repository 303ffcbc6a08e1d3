/** The words of statements about files: which is a path of the cluster, which a file of this computer, which a text. */

import { AyesError } from "../../runtime/errors.js";
import { checkPath } from "../../runtime/files/path.js";
import { type Arguments, integerOf, keyOf, quote, textOf } from "./arguments.js";
import { Problem } from "./problem.js";
import { readOptions } from "./read-options.js";
import type { Body, Statement, Step } from "./statement.js";
import type { Token } from "./tokens.js";

const LISTED = 1000;

export function writeStep(input: Arguments): Step {
  const path = pathIn(input);
  const bodies: Body[] = [];
  const text = input.option("--text");
  const file = input.option("--file");
  if (text) bodies.push({ text: text.text });
  if (file) bodies.push({ file: file.text });
  if (bodies.length === 0) bodies.push(bodyOf(input.take("a file of this computer, or a text in quotes")));
  const [body, other] = bodies;
  if (!body || other) throw new Problem("--text and --file exclude each other", file?.start);
  return { kind: "write", path, body, ...input.optional("type", "--type", textOf) };
}

export function rmStep(input: Arguments): Step {
  return { kind: "rm", path: pathIn(input) };
}

export function mvStep(input: Arguments): Step {
  return { kind: "mv", source: pathIn(input), target: pathIn(input, "the new path") };
}

export function cpStep(input: Arguments): Step {
  return { kind: "cp", source: pathIn(input), target: pathIn(input, "the new path") };
}

/** A file, or as it was before there were files: several keys. */
export function parseRead(input: Arguments): Statement {
  const options = readOptions(input);
  const first = input.take("the path");
  const rest = input.rest();
  const output = input.option("--output");
  if (isList(first) || (rest[0] && !isArrow(rest[0]))) {
    return { kind: "read", keys: [first, ...rest].map((token) => keyOf(token, "the key")), options };
  }
  const target = output ? textOf(output, "--output") : targetIn(rest, first.end);
  return { kind: "readFile", path: pathOf(first), ...(target !== undefined && { target }), options };
}

export function parseLs(input: Arguments): Statement {
  const prefix = input.takeAny();
  const limit = input.option("--limit");
  return {
    kind: "ls",
    prefix: prefix ? placeIn(prefix, "the prefix") : "",
    limit: limit ? integerOf(limit, "--limit", 1) : LISTED,
  };
}

export function parseStat(input: Arguments): Statement {
  return { kind: "stat", path: pathIn(input), options: readOptions(input) };
}

function pathIn(input: Arguments, what = "the path"): string {
  return pathOf(input.take(what), what);
}

/** `ayes cp` needs to know where a path is; elsewhere it may say so too. */
function pathOf(token: Token, what = "the path"): string {
  const path = placeIn(token, what);
  try {
    return checkPath(path, what);
  } catch (error) {
    if (error instanceof AyesError) throw new Problem(error.message, token.start);
    throw error;
  }
}

function placeIn(token: Token, what: string): string {
  return textOf(token, what).replace(/^ayes:/, "");
}

/** What is quoted is a text, also where a shell has left the quotes of JSON. */
function bodyOf(token: Token): Body {
  if (!token.bare || token.kind === "json") return { text: token.text };
  if (!/^["{[]/.test(token.text)) return { file: token.text };
  try {
    const value: unknown = JSON.parse(token.text);
    return { text: typeof value === "string" ? value : token.text };
  } catch {
    return { file: token.text };
  }
}

function isList(token: Token): boolean {
  return token.kind === "json" || (token.bare && token.text.startsWith("["));
}

function isArrow({ bare, text }: Token): boolean {
  return bare && text.startsWith(">");
}

/** Where the bytes go: `> FILE`. */
function targetIn([arrow, ...rest]: readonly Token[], end: number): string | undefined {
  if (!arrow) return undefined;
  const [target, more] = arrow.text === ">" ? rest : [{ ...arrow, text: arrow.text.slice(1) }, ...rest];
  if (!target) throw new Problem("a file of this computer must follow the >", end);
  if (more) throw new Problem(`unexpected ${quote(more.text)} behind the file`, more.start);
  return textOf(target, "the file");
}
