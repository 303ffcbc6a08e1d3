/** The words of one statement in order, with its options taken out: every complaint points at the word it is about. */

import type { Key, KeyPart, Value } from "../../runtime/api.js";
import { didYouMean } from "./nearest.js";
import { Problem } from "./problem.js";
import type { ValueSource } from "./statement.js";
import { afterString, type Token } from "./tokens.js";

const OPTION = /^--[a-z]/i;
const UNITS: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Which options there are, each with the name of its value; nothing for one without. */
export type Options = Readonly<Record<string, string>>;

/** What else an option may be meant for. */
export type Surroundings = {
  /** Options of what is around the statement, which a mistyped one may be meant to be. */
  around?: readonly string[];
  /** Options of what is within the statement, which stay where they are. */
  within?: readonly string[];
};

/** Reads the words that follow a command. */
export class Arguments {
  readonly #usage: string;
  readonly #tokens: Token[] = [];
  readonly #options = new Map<string, Token>();
  #next = 0;
  readonly #end: number;

  /** Without `allowed`, options are words like any other. */
  constructor(
    command: Token,
    tokens: readonly Token[],
    usage: string,
    allowed?: Options,
    { around = [], within = [] }: Surroundings = {},
  ) {
    this.#usage = usage;
    this.#end = (tokens.at(-1) ?? command).end;
    for (let index = 0; index < tokens.length; index += 1) {
      const token = tokens[index];
      if (!token) continue;
      if (!allowed || !isOption(token) || within.includes(nameOf(token))) this.#tokens.push(token);
      else if (this.#keepOption(token, tokens[index + 1], allowed, around)) index += 1;
    }
  }

  /** Keeps an option. Returns whether its value was the next word. */
  #keepOption(token: Token, next: Token | undefined, allowed: Options, around: readonly string[]): boolean {
    const equals = token.text.indexOf("=");
    const name = nameOf(token);
    if (!Object.hasOwn(allowed, name)) {
      const hint = didYouMean(name, [...Object.keys(allowed), ...around]);
      throw new Problem(`unknown option ${name}${hint} (usage: ${this.#usage})`, token.start);
    }
    if (this.#options.has(name)) throw new Problem(`${name} is given twice`, token.start);
    if (allowed[name] === "") {
      if (equals >= 0) throw new Problem(`${name} takes no value`, token.start + equals);
      this.#options.set(name, token);
      return false;
    }
    if (equals >= 0) {
      this.#options.set(name, { ...token, text: token.text.slice(equals + 1), start: token.start + equals + 1 });
      return false;
    }
    if (!next || next.kind === "comma" || isOption(next)) throw new Problem(`${name} needs a value`, token.end);
    this.#options.set(name, next);
    return true;
  }

  option(name: string): Token | undefined {
    return this.#options.get(name);
  }

  /** What an option says, under a name; nothing without the option. */
  optional<Name extends string, T>(name: Name, option: string, read: (token: Token, what: string) => T) {
    const token = this.#options.get(option);
    return (token ? { [name]: read(token, option) } : {}) as { [K in Name]?: T };
  }

  /** The next word, whatever it is. */
  take(what: string): Token {
    const token = this.#tokens[this.#next];
    if (!token) throw new Problem(`${what} is missing (usage: ${this.#usage})`, this.#end);
    this.#next += 1;
    return token;
  }

  /** The next word, if there is one. */
  takeAny(): Token | undefined {
    return this.#next < this.#tokens.length ? this.take("") : undefined;
  }

  /** Whether the next word is this keyword; then it is taken. */
  takeKeyword(keyword: string): boolean {
    const token = this.#tokens[this.#next];
    const matches = token?.bare === true && token.text.toLowerCase() === keyword;
    if (matches) this.#next += 1;
    return matches;
  }

  /** The next word as one of a few. */
  choice<T extends string>(what: string, choices: readonly T[]): T {
    return choiceOf(this.take(what), what, choices);
  }

  key(): Key {
    return keyOf(this.take("the key"), "the key");
  }

  text(what: string): string {
    return textOf(this.take(what), what);
  }

  value(what: string): ValueSource {
    return valueIn(this.take(what));
  }

  integer(what: string, least = Number.MIN_SAFE_INTEGER): number {
    return integerOf(this.take(what), what, least);
  }

  /** All that is left, as it stands. */
  rest(): Token[] {
    const rest = this.#tokens.slice(this.#next);
    this.#next = this.#tokens.length;
    return rest;
  }

  /** Complains about anything left. */
  end(): void {
    const token = this.#tokens[this.#next];
    if (!token) return;
    const hint = token.kind === "word" && token.bare ? "; quote text that has spaces" : "";
    throw new Problem(`unexpected ${quote(token.text)}${hint} (usage: ${this.#usage})`, token.start);
  }
}

/** A word as text: for keys, names and ids. */
export function textOf(token: Token, what: string): string {
  if (token.kind === "word") return token.text;
  throw new Problem(`${what} is text: put quotes around ${quote(token.text)}`, token.start);
}

/** A word as a key: text, or the parts of a composite key in brackets. */
export function keyOf(token: Token, what: string): Key {
  const isArray = token.kind === "json" || (token.kind === "word" && token.bare && token.text.startsWith("["));
  if (!isArray) return textOf(token, what);
  const parts: unknown = parseBrackets(token);
  if (Array.isArray(parts) && parts.every(isKeyPart)) return parts;
  throw new Problem(`${what} is text, or a list of texts, numbers, true and false, such as ["a",5]`, token.start);
}

function isKeyPart(part: unknown): part is KeyPart {
  return typeof part === "string" || typeof part === "number" || typeof part === "boolean";
}

/** A word as one of a few. */
export function choiceOf<T extends string>(token: Token, what: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === token.text.toLowerCase());
  if (found !== undefined) return found;
  const hint = didYouMean(token.text, choices);
  throw new Problem(`${what} is one of ${choices.join(", ")}, not ${quote(token.text)}${hint}`, token.start);
}

/** A word as a whole number that can be held exactly. */
export function integerOf(token: Token, what: string, least: number): number {
  const value = /^[+-]?\d+$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const bound = least > Number.MIN_SAFE_INTEGER ? ` of at least ${least}` : " between -(2^53-1) and 2^53-1";
  throw new Problem(`${what} is a whole number${bound}, not ${quote(token.text)}`, token.start);
}

/** A word as a span of time in milliseconds: `500`, `500ms`, `5s`, `10m`, `2h`, `1d`. */
export function durationOf(token: Token, what: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,12})(ms|[smhd]?)$/i.exec(token.text) ?? [];
  const ms = Number(digits) * (UNITS[unit.toLowerCase()] ?? 0);
  if (ms >= 1) return ms;
  throw new Problem(
    `${what} is a number of milliseconds, or a time such as 5s, 10m, 2h or 1d, not ${quote(token.text)}`,
    token.start,
  );
}

/** A word as a number, if it can be held exactly. */
export function numberOf(token: Token, what: string): number {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(token.text) && isExact(token.text.replace("+", ""));
  if (isNumber) return Number(token.text);
  throw new Problem(`${what} is a number, not ${quote(token.text)}`, token.start);
}

/** A word as a value: quoted text, a file, JSON, or the word itself. */
export function valueIn(token: Token): ValueSource {
  if (token.kind === "comma") throw new Problem("a value is missing before the comma", token.start);
  if (token.kind === "json") return { literal: parseBrackets(token) };
  if (!token.bare) return { literal: token.text };
  if (token.text.startsWith("@") && token.text.length > 1) return { file: token.text.slice(1) };
  return { literal: bareValue(token) };
}

function bareValue(token: Token): Value {
  // Words cut by a shell may hold a whole object; what looks like one and is not is a mistake rather than text.
  if (/^\s*[{[]/.test(token.text)) return parseBrackets(token);
  let value: unknown;
  try {
    value = JSON.parse(token.text);
  } catch {
    if (/^[+-]?(NaN|Infinity)$/.test(token.text)) {
      throw new Problem(`${token.text} is no number that JSON can carry; quote it to keep it as text`, token.start);
    }
    return token.text;
  }
  if (typeof value === "number") requireExact(token.text, token.start);
  return value as Value;
}

/** A number that would be stored as another one is refused, the same as over HTTP. */
function requireExact(text: string, start: number): void {
  const number = /-?\d[\d.eE+-]*/y;
  for (let index = 0; index < text.length; ) {
    number.lastIndex = index;
    const digits = number.exec(text)?.[0];
    if (digits !== undefined && !isExact(digits)) {
      throw new Problem(`${brief(digits)} cannot be held exactly; quote it to keep it as text`, start + index);
    }
    index = digits !== undefined ? index + digits.length : text[index] === '"' ? afterString(text, index) : index + 1;
  }
}

function isExact(digits: string): boolean {
  const value = Number(digits);
  if (!Number.isFinite(value)) return false;
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(digits) || BigInt(value) === BigInt(digits);
}

function parseBrackets(token: Token): Value {
  requireExact(token.text, token.start);
  try {
    return JSON.parse(token.text) as Value;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = /position (\d+)/.exec(message)?.[1];
    const at = token.end > token.start && offset !== undefined ? token.start + Number(offset) : token.start;
    throw new Problem(`not valid JSON (${firstLine(message)}); quote it to keep it as text`, at);
  }
}

function firstLine(message: string): string {
  return brief(message.split("\n")[0] ?? "");
}

/** The name of an option, without its value. */
function nameOf({ text }: Token): string {
  return text.replace(/=.*/s, "").toLowerCase();
}

function isOption(token: Token): boolean {
  return token.kind === "word" && token.bare && OPTION.test(token.text);
}

/** A word as an error message shows it. */
export function quote(text: string): string {
  return JSON.stringify(brief(text));
}

function brief(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
