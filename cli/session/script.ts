/** Statements that nobody types: a script, run piece by piece as it arrives. */

import { Problem } from "../language/problem.js";
import type { Printer } from "../output/printer.js";
import { type Piece, pieces } from "./pieces.js";
import { EXIT } from "./reply.js";
import type { Ran, Runner } from "./runner.js";

export type ScriptOptions = {
  /** What errors call it: `orders.txt:3`. Without a name they only show the statement. */
  name?: string;
  keepGoing: boolean;
};

/** Runs a script. Returns the exit code: the first failure's, or the worst one. */
export class Script {
  readonly #runner: Runner;
  readonly #printer: Printer;
  readonly #options: ScriptOptions;
  #worst = 0;
  #place: string | undefined;

  constructor(runner: Runner, printer: Printer, options: ScriptOptions) {
    this.#runner = runner;
    this.#printer = printer;
    this.#options = options;
  }

  async run(source: AsyncIterable<Uint8Array | string>): Promise<number> {
    for await (const piece of pieces(source)) {
      if (this.#ends(await this.#take(piece))) return this.#worst;
    }
    if (this.#runner.session.pending !== undefined) {
      const message = "the input ends inside a transaction: nothing of it was sent; end it with commit";
      this.#ends(this.#fail(new Problem(message), ""));
    }
    return this.#worst;
  }

  #take({ line, text, problem, statements }: Piece): Promise<Ran> | Ran {
    const { name, keepGoing } = this.#options;
    this.#place = name === undefined ? undefined : `${name}:${line}`;
    return problem ? this.#fail(problem, text) : this.#runner.runAll(statements, keepGoing, this.#place);
  }

  #fail(problem: Problem, text: string): Ran {
    this.#printer.fail(problem, { text, ...(this.#place !== undefined && { place: this.#place }) });
    return { code: EXIT.usage, quit: false };
  }

  #ends({ code, quit }: Ran): boolean {
    this.#worst = Math.max(this.#worst, code);
    return quit || (code !== EXIT.done && !this.#options.keepGoing);
  }
}
