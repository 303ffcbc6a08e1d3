/** Statements that nobody types: lines of a file or a pipe, joined where a quote or bracket is open. */

import { Problem } from "../language/problem.js";
import type { Printer, Typed } from "../output/printer.js";
import { EXIT } from "./reply.js";
import type { Ran, Runner } from "./runner.js";

/** A statement may span lines up to this size: beyond it a forgotten quote is likelier than a value. */
const OPEN_LIMIT = 16 * 1024 * 1024;

export type ScriptOptions = {
  /** What errors call it: `orders.txt:3`. Without a name they only show the statement. */
  name?: string;
  keepGoing: boolean;
};

/** Runs a script line by line as it arrives. Returns the exit code: the first failure's, or the worst one. */
export class Script {
  readonly #runner: Runner;
  readonly #printer: Printer;
  readonly #options: ScriptOptions;
  #open = "";
  #problem: Problem | undefined;
  #startedAtLine = 0;
  #line = 0;
  #worst = 0;

  constructor(runner: Runner, printer: Printer, options: ScriptOptions) {
    this.#runner = runner;
    this.#printer = printer;
    this.#options = options;
  }

  async run(source: AsyncIterable<Uint8Array | string>): Promise<number> {
    for await (const line of lines(source)) {
      if (await this.#take(line)) return this.#worst;
    }
    return this.#finish();
  }

  /** Takes one line. Returns whether the script ends here. */
  async #take(line: string): Promise<boolean> {
    this.#line += 1;
    if (this.#open === "") this.#startedAtLine = this.#line;
    const text = this.#open === "" ? line : `${this.#open}\n${line}`;
    this.#open = "";
    try {
      return this.#note(await this.#runner.run(this.#typed(text), this.#options.keepGoing));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (text.length > OPEN_LIMIT) return this.#fail(error, text);
      this.#open = text;
      this.#problem = error;
      return false;
    }
  }

  #typed(text: string): Typed {
    const { name } = this.#options;
    return { text, ...(name !== undefined && { place: `${name}:${this.#startedAtLine}` }) };
  }

  #note({ code, quit }: Ran): boolean {
    this.#worst = Math.max(this.#worst, code);
    return quit || (code !== EXIT.done && !this.#options.keepGoing);
  }

  #fail(problem: Problem, text: string): boolean {
    this.#printer.fail(problem, this.#typed(text));
    return this.#note({ code: EXIT.usage, quit: false });
  }

  /** The end of the input: an open quote and an open transaction are mistakes, and nothing of them was sent. */
  async #finish(): Promise<number> {
    if (this.#open !== "") {
      const { message, position } = this.#problem ?? new Problem("something is missing");
      this.#fail(new Problem(`the input ends here and nothing of this was run: ${message}`, position), this.#open);
    }
    if (this.#runner.session.pending !== undefined) {
      this.#fail(new Problem("the input ends inside a transaction: nothing of it was sent; end it with commit"), "");
    }
    return this.#worst;
  }
}

/** Lines of a stream, without their ends. */
async function* lines(source: AsyncIterable<Uint8Array | string>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    const parts = (rest + (typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }))).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
