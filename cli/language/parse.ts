/** Text to statements: the only place that knows the order of words in each command. */

import type { Rule } from "../../actors/validator.js";
import type { ScanQuery } from "../../runtime/reading-api.js";
import { RULES } from "../../runtime/rules.js";
import { Arguments, choiceOf, durationOf, integerOf, keyOf, numberOf, quote, textOf } from "./arguments.js";
import { parseCall } from "./calls.js";
import { parseConstraint } from "./constraint.js";
import { FAULT_PARSERS } from "./faults.js";
import { cpStep, mvStep, parseLs, parseRead, parseStat, rmStep, writeStep } from "./files.js";
import { isSeconds, parseFollow } from "./following.js";
import { COMMAND_WORDS, type CommandName, commandNamed, describe, STEP_OPTIONS } from "./grammar.js";
import { parseBallots, parseDoubt, parseStepping, parseVote } from "./hand.js";
import { didYouMean } from "./nearest.js";
import { Problem } from "./problem.js";
import { deadline, readOptions } from "./read-options.js";
import type { Statement, Step, TxnOptions } from "./statement.js";
import { type Token, tokenize, tokensOf } from "./tokens.js";

/** The statements of a text. Throws a `Problem`, unfinished when more text could complete it. */
export function parse(text: string): Statement[] {
  const call = parseCall(text);
  return call ? [call] : tokenize(text).map((tokens) => parseTokens(tokens));
}

/** One statement from words that a shell has cut already. `options` are known to the shell command around it. */
export function parseWords(words: readonly string[], options: readonly string[] = []): Statement {
  const tokens = tokensOf(words);
  const [command, ...rest] = tokens;
  return parseTokens(command?.text === "tx" ? [command, ...shellList(rest)] : tokens, options);
}

/** `ayes tx put a 1, del b` and `ayes tx 'put a 1, del b'`: a shell may pass an operation, or all, as one word. */
function shellList(words: readonly Token[]): Token[] {
  const tokens: Token[] = [];
  let begins = true;
  for (const token of words.flatMap(splitComma)) {
    const before = tokens.at(-1);
    const isOption = token.text.startsWith("--") || (before?.text.startsWith("--") && !before.text.includes("="));
    if (begins && /\s/.test(token.text) && !isOption) tokens.push(...tokenize(`tx ${token.text}`).flat().slice(1));
    else tokens.push(token);
    begins = token.kind === "comma" || (begins && isOption === true);
  }
  return tokens;
}

/** A shell leaves the comma at the end of a word. */
function splitComma(token: Token): Token[] {
  if (token.text === ",") return [{ ...token, kind: "comma" }];
  if (!token.text.endsWith(",")) return [token];
  return [
    { ...token, text: token.text.slice(0, -1) },
    { ...token, kind: "comma", text: "," },
  ];
}

const PROTOCOLS = ["2pc", "3pc"] as const;

/** What these commands read may look like an option. */
const FREE: readonly CommandName[] = ["watch", "constraint"];

function parseTokens(tokens: readonly Token[], around: readonly string[] = []): Statement {
  const [command, ...rest] = tokens;
  const name = command && command.kind === "word" ? commandNamed(command.text) : undefined;
  if (!command || name === undefined) throw unknownCommand(command);
  const { usage, options = {} } = describe(name);
  const within = name === "tx" ? STEP_OPTIONS : [];
  const input = new Arguments(command, rest, usage, FREE.includes(name) ? undefined : options, { around, within });
  const statement = PARSERS[name](input);
  input.end();
  return statement;
}

function unknownCommand(command: Token | undefined): Problem {
  const text = command?.text ?? "";
  const hint = didYouMean(text, COMMAND_WORDS) || "; type help for the commands";
  return new Problem(`unknown command ${quote(text)}${hint}`, command?.start);
}

const PARSERS: Record<CommandName, (input: Arguments) => Statement> = {
  put: (input) => ({ kind: "step", step: putStep(input) }),
  del: (input) => ({ kind: "step", step: delStep(input) }),
  add: (input) => ({ kind: "step", step: addStep(input) }),
  check: (input) => ({ kind: "step", step: checkStep(input) }),
  get: parseGet,
  write: (input) => ({ kind: "step", step: writeStep(input) }),
  read: parseRead,
  rm: (input) => ({ kind: "step", step: rmStep(input) }),
  ls: parseLs,
  stat: parseStat,
  mv: (input) => ({ kind: "step", step: mvStep(input) }),
  cp: (input) => ({ kind: "step", step: cpStep(input) }),
  scan: (input) => ({ kind: "scan", query: parseQuery(input), options: readOptions(input) }),
  begin: (input) => ({ kind: "begin", options: txnOptions(input) }),
  commit: () => ({ kind: "commit" }),
  rollback: () => ({ kind: "rollback" }),
  tx: (input) => ({ kind: "tx", options: txnOptions(input), steps: parseSteps(input) }),
  outcome: (input) => ({ kind: "outcome", txn: input.text("the id of the transaction") }),
  trace: (input) => ({ kind: "trace", txn: input.takeAny()?.text }),
  keys: parseKeys,
  status: () => ({ kind: "status" }),
  locks: () => ({ kind: "locks" }),
  log: parseLog,
  ...FAULT_PARSERS,
  repair: (input) => ({ kind: "repair", node: input.text("the node"), force: input.takeKeyword("force") }),
  validator: parseValidator,
  ballots: parseBallots,
  vote: parseVote,
  doubt: parseDoubt,
  step: parseStepping,
  constraint: parseConstraint,
  watch: parseWatch,
  timing: parseTiming,
  help: parseHelp,
  quit: () => ({ kind: "quit" }),
};

const STEPS: Record<string, (input: Arguments) => Step> = {
  put: putStep,
  del: delStep,
  add: addStep,
  check: checkStep,
  write: writeStep,
  rm: rmStep,
  mv: mvStep,
  cp: cpStep,
};

function putStep(input: Arguments): Step {
  return {
    kind: "put",
    key: input.key(),
    value: input.value("the value"),
    ...input.optional("ttlMs", "--ttl", durationOf),
  };
}

function delStep(input: Arguments): Step {
  return { kind: "del", key: input.key() };
}

function addStep(input: Arguments): Step {
  return { kind: "add", key: input.key(), delta: input.integer("the number to add") };
}

function checkStep(input: Arguments): Step {
  const key = input.key();
  const is = input.choice("what to check", ["exists", "absent", "equals", "version"]);
  if (is === "equals") return { kind: "check", key, is, value: input.value("the value") };
  if (is === "version") return { kind: "check", key, is, version: input.text("the version") };
  return { kind: "check", key, is };
}

/** The operations of a `tx`, cut at its commas. */
function parseSteps(input: Arguments): Step[] {
  const lists: Token[][] = [[]];
  for (const token of input.rest()) {
    if (token.kind === "comma") lists.push([]);
    else lists.at(-1)?.push(token);
  }
  return lists.map((tokens) => parseStep(tokens, input));
}

function parseStep([command, ...rest]: Token[], all: Arguments): Step {
  // An empty place between commas is complained about where the line lacks a word.
  const first = command ?? all.take("an operation");
  const name = commandNamed(first.text) ?? "";
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (!step) {
    const hint = didYouMean(first.text, Object.keys(STEPS));
    throw new Problem(
      `a transaction is made of ${Object.keys(STEPS).join(", ")}, not ${quote(first.text)}${hint}`,
      first.start,
    );
  }
  const { usage, options = {} } = describe(name as CommandName);
  const input = new Arguments(first, rest, usage, options);
  const parsed = step(input);
  input.end();
  return parsed;
}

function parseGet(input: Arguments): Statement {
  const key = input.key();
  const others = input.rest().map((token) => keyOf(token, "the key"));
  const options = readOptions(input);
  return others.length === 0 ? { kind: "get", key, options } : { kind: "read", keys: [key, ...others], options };
}

function parseQuery(input: Arguments): ScanQuery {
  const prefix = input.takeAny();
  return {
    ...(prefix && { prefix: keyOf(prefix, "the prefix") }),
    ...input.optional("start", "--start", keyOf),
    ...input.optional("end", "--end", keyOf),
    ...input.optional("limit", "--limit", (token, what) => integerOf(token, what, 1)),
    ...input.optional("reverse", "--reverse", () => true),
  };
}

function txnOptions(input: Arguments): TxnOptions {
  return {
    ...input.optional("id", "--id", textOf),
    ...input.optional("protocol", "--protocol", (token, what) => choiceOf(token, what, PROTOCOLS)),
    ...deadline(input),
  };
}

function parseKeys(input: Arguments): Statement {
  const prefix = input.takeAny();
  const limit = input.option("--limit");
  return {
    kind: "keys",
    prefix: prefix ? keyOf(prefix, "the prefix") : "",
    limit: limit ? integerOf(limit, "--limit", 1) : 100,
  };
}

function parseLog(input: Arguments): Statement {
  const node = input.text("the node");
  const limit = input.takeAny();
  return { kind: "log", node, limit: limit ? integerOf(limit, "the number of records", 1) : 20 };
}

function parseValidator(input: Arguments): Statement {
  const node = input.text("the node");
  const token = input.takeAny();
  return { kind: "validator", node, rule: token && parseRule(choiceOf(token, "the rule", RULES), input) };
}

function parseRule(rule: Rule["rule"], input: Arguments): Rule {
  switch (rule) {
    case "max-value-bytes":
      return { rule, bytes: input.integer("the number of bytes", 0) };
    case "minimum":
      return { rule, keys: input.text("the keys"), least: numberOf(input.take("the least value"), "the least value") };
    case "create-only":
    case "must-exist": {
      const keys = input.takeAny();
      return { rule, ...(keys && { keys: textOf(keys, "the keys") }) };
    }
    default:
      return { rule };
  }
}

function parseWatch(input: Arguments): Statement {
  const token = input.takeAny();
  if (!token || !isSeconds(token)) return parseFollow(token ? [token, ...input.rest()] : []);
  const seconds = Number(token.text);
  if (seconds < 0.1 || seconds > 86_400) {
    throw new Problem("the number of seconds is at least 0.1 and at most 86400", token.start);
  }
  const rest = input.rest();
  if (rest.length === 0) input.take("the statement to repeat");
  const statement = parseTokens(rest);
  if (["watch", "follow", "begin", "quit"].includes(statement.kind)) {
    throw new Problem(`${rest[0]?.text} cannot be repeated`, rest[0]?.start);
  }
  return { kind: "watch", everyMs: seconds * 1000, statement };
}

function parseTiming(input: Arguments): Statement {
  const token = input.takeAny();
  return { kind: "timing", on: token ? choiceOf(token, "timing", ["on", "off"]) === "on" : undefined };
}

function parseHelp(input: Arguments): Statement {
  const token = input.takeAny();
  if (!token) return { kind: "help", topic: undefined };
  const topic = commandNamed(token.text);
  if (topic === undefined) throw unknownCommand(token);
  return { kind: "help", topic };
}
