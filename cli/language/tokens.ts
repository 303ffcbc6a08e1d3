/** Cuts text into statements and their words: quotes, escapes, JSON brackets, comments, `;` and line ends. */

import { Problem } from "./problem.js";

/** A piece of a statement. Positions count characters of the whole text. */
export type Token = {
  /** `json`: an object or array, kept as written. `comma`: between the operations of a `tx`. */
  kind: "word" | "json" | "comma";
  /** What it says, without quotes and escapes. */
  text: string;
  /** Without any quote or escape: may be a number, a keyword, an option or a file. */
  bare: boolean;
  start: number;
  end: number;
};

/** The statements of a text, none of them empty. Throws an unfinished `Problem` when a quote or bracket is open. */
export function tokenize(text: string): Token[][] {
  return new Scanner(text).statements();
}

/** Words that a shell has cut already, as the tokens of one statement. */
export function tokensOf(words: readonly string[]): Token[] {
  return words.map((text) => ({ kind: "word", text, bare: true, start: 0, end: 0 }));
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

class Scanner {
  readonly #text: string;
  #at = 0;
  readonly #statements: Token[][] = [];
  #current: Token[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  statements(): Token[][] {
    for (let char = this.#skip(); char !== undefined; char = this.#skip()) {
      if (char === ";" || char === "\n") {
        this.#endStatement();
        this.#at += 1;
      } else if (this.#atComment(char)) this.#skipLine();
      else this.#current.push(this.#token(char));
    }
    if (this.#expectsMore()) throw new Problem("another operation must follow the comma", this.#text.length, true);
    this.#endStatement();
    return this.#statements;
  }

  #endStatement(): void {
    if (this.#current.length > 0) this.#statements.push(this.#current);
    this.#current = [];
  }

  /** Skips blanks, and line ends that do not end the statement. Returns the next character. */
  #skip(): string | undefined {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === "\\" && this.#text[this.#at + 1] === "\n") this.#at += 2;
      else if (isBlank(char) || (char === "\n" && this.#expectsMore())) this.#at += 1;
      else return char;
    }
  }

  /** A `tx` goes on after a comma at the end of a line. */
  #expectsMore(): boolean {
    return this.#current.at(-1)?.kind === "comma" && this.#current[0]?.text.toLowerCase() === "tx";
  }

  #atComment(char: string): boolean {
    if (this.#current.length > 0) return false;
    return char === "#" || ["--", "//"].some((mark) => this.#text.startsWith(mark, this.#at));
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #token(char: string): Token {
    if (char === "{" || char === "[") return this.#brackets();
    // A comma that touches the end of a quote or bracket cannot belong to a word.
    const touches = this.#current.at(-1)?.end === this.#at;
    if (char === "," && (touches || this.#endsWord(this.#at + 1))) return this.#comma();
    return this.#word();
  }

  #comma(): Token {
    this.#at += 1;
    return { kind: "comma", text: ",", bare: true, start: this.#at - 1, end: this.#at };
  }

  #endsWord(position: number): boolean {
    const char = this.#text[position];
    return char === undefined || char === ";" || char === "\n" || isBlank(char);
  }

  #word(): Token {
    const start = this.#at;
    let text = "";
    let bare = true;
    while (!this.#endsWord(this.#at) && !this.#atSeparator(start)) {
      const piece = this.#special(start);
      if (piece !== undefined) bare = false;
      text += piece ?? this.#text[this.#at++];
    }
    return { kind: "word", text, bare, start, end: this.#at };
  }

  /** A quoted or escaped piece of a word, if there is one here. */
  #special(start: number): string | undefined {
    const char = this.#text[this.#at];
    if (char === "'") return this.#raw();
    if (char === '"') return this.#quoted();
    return char === "\\" && !this.#isCommand(start) ? this.#escaped() : undefined;
  }

  #atSeparator(start: number): boolean {
    return this.#text[this.#at] === "," && (this.#endsWord(this.#at + 1) || this.#afterQuote(start));
  }

  #afterQuote(start: number): boolean {
    const before = this.#text[this.#at - 1];
    return this.#at - 1 > start && (before === "'" || before === '"');
  }

  /** `\q` and `\timing` are commands, not escapes. */
  #isCommand(start: number): boolean {
    return this.#at === start && this.#current.length === 0;
  }

  /** Between single quotes everything stands for itself. */
  #raw(): string {
    const start = this.#at;
    const end = this.#text.indexOf("'", start + 1);
    if (end < 0) throw new Problem("this quote is never closed", start, true);
    this.#at = end + 1;
    return this.#text.slice(start + 1, end);
  }

  #quoted(): string {
    const start = this.#at;
    let text = "";
    this.#at += 1;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new Problem("this quote is never closed", start, true);
      if (char === "\\") text += this.#escape(start);
      else this.#at += 1;
      if (char === '"') return text;
      if (char !== "\\") text += char;
    }
  }

  /** Outside quotes a backslash makes the next character an ordinary one; at the end of a line it joins lines. */
  #escaped(): string {
    const next = this.#text[this.#at + 1];
    if (next === undefined) throw new Problem("a character must follow the backslash", this.#at, true);
    this.#at += 2;
    return next === "\n" ? "" : next;
  }

  /** Between double quotes the escapes of JSON hold. */
  #escape(open: number): string {
    const next = this.#text[this.#at + 1];
    if (next === undefined) throw new Problem("this quote is never closed", open, true);
    if (next !== "u") {
      this.#at += 2;
      return ESCAPES[next] ?? next;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw new Problem("four hexadecimal digits must follow \\u", this.#at);
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** An object or array, up to the bracket that closes it. Whether it is JSON is for its reader to find out. */
  #brackets(): Token {
    const start = this.#at;
    const end = closing(this.#text, start);
    if (end === undefined) throw new Problem("this bracket is never closed", start, true);
    this.#at = end;
    if (!this.#endsWord(end) && this.#text[end] !== ",") {
      throw new Problem("a space must follow the bracket; quote the whole word to use it as text", end);
    }
    return { kind: "json", text: this.#text.slice(start, end), bare: true, start, end };
  }
}

const CLOSERS: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** Just after the bracket that closes the one at `start`. Brackets inside JSON strings do not count. */
function closing(text: string, start: number): number | undefined {
  const open: string[] = [];
  for (let index = start; index < text.length; index += 1) {
    const char = text[index] ?? "";
    const closer = CLOSERS[char];
    if (char === '"') index = afterString(text, index) - 1;
    else if (closer !== undefined) open.push(closer);
    else if ((char === "}" || char === "]") && open.pop() !== char) {
      throw new Problem(
        "this bracket does not match the one that is open; quote the whole word to use it as text",
        index,
      );
    }
    if (open.length === 0) return index + 1;
  }
  return undefined;
}

/** Just after the JSON string that starts here. */
export function afterString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\u00a0";
}
