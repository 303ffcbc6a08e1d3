/** The interactive prompt: line editing, history, completion and Ctrl keys around a runner. */

import { homedir } from "node:os";
import { join } from "node:path";
import { type REPLServer, Recoverable, start } from "node:repl";
import { Problem } from "../language/problem.js";
import type { Printer } from "../output/printer.js";
import type { Link } from "../session/link.js";
import type { Ran, Runner } from "../session/runner.js";
import { sizeText } from "../session/transaction.js";
import { complete, type Names } from "./complete.js";
import { Gate } from "./gate.js";

export type ReplParts = { runner: Runner; printer: Printer; link: Link; names: Names };

/** A prompt on this terminal. */
export class Repl {
  readonly #parts: ReplParts;
  readonly #server: REPLServer;
  readonly #gate: Gate;
  #running = false;
  /** The lines so far wait for their end. */
  #continuing = false;

  constructor(parts: ReplParts) {
    this.#parts = parts;
    this.#gate = new Gate(
      process.stdin,
      () => this.#running,
      () => parts.runner.interrupt(),
    );
    this.#server = start({
      input: this.#gate,
      output: process.stdout,
      terminal: true,
      prompt: this.#prompt,
      preview: false,
      ignoreUndefined: true,
      useGlobal: true,
      eval: (text, _context, _file, done) => this.#evaluate(text, done),
      completer: (line: string, done: (error: Error | null, found: [string[], string]) => void) =>
        this.#complete(line, done),
    });
    this.#tame();
  }

  /** Resolves with the exit code when the person leaves. */
  async run(): Promise<number> {
    await this.#loadHistory();
    await new Promise<void>((resolve) => this.#server.once("exit", resolve));
    const { pending } = this.#parts.runner.session;
    if (pending !== undefined) this.#parts.printer.say("the open transaction was rolled back; nothing of it was sent");
    return 0;
  }

  /** Shows something that happened by itself, above the line that is being typed. */
  notify(text: string): void {
    process.stdout.write("\r\u001b[K");
    this.#parts.printer.say(text);
    this.#server.setPrompt(this.#prompt);
    if (!this.#running) this.#server.prompt(true);
  }

  /** Leaves, as Ctrl-D does. */
  close(): void {
    process.stdout.write("\n");
    this.#server.close();
  }

  get #prompt(): string {
    const { link, runner } = this.#parts;
    const { pending } = runner.session;
    const open = pending && ["tx", sizeText(pending)].filter(Boolean).join(": ");
    const state = [open, !link.connected && "not connected"].filter(Boolean);
    return state.length > 0 ? `ayes (${state.join(", ")})> `.replace("ayes (tx", "ayes(tx") : "ayes> ";
  }

  /** Called by the line editor for each line; with all lines so far when the last call said that more must come. */
  #evaluate(text: string, done: (error: Error | null, result: undefined) => void): void {
    this.#running = true;
    const finish = (error: Error | null) => {
      this.#running = false;
      this.#continuing = error instanceof Recoverable;
      this.#server.setPrompt(this.#prompt);
      done(error, undefined);
      this.#gate.open();
    };
    this.#parts.runner.run({ text: text.replace(/\n$/, "") }).then(
      (ran) => this.#ran(ran, finish),
      (error: unknown) => finish(error instanceof Problem ? new Recoverable(error) : (error as Error)),
    );
  }

  #ran({ quit }: Ran, finish: (error: null) => void): void {
    if (quit) this.#server.close();
    else finish(null);
  }

  #complete(line: string, done: (error: Error | null, found: [string[], string]) => void): void {
    complete(line, this.#parts.names).then(
      (found) => done(null, found),
      () => done(null, [[], line]),
    );
  }

  /** Takes away what belongs to a JavaScript prompt. */
  #tame(): void {
    const commands = this.#server.commands as Record<string, unknown>;
    for (const name of Object.keys(commands)) delete commands[name];
    const [keep] = this.#server.listeners("line");
    this.#server.removeAllListeners("line");
    this.#server.on("line", (line: string) => {
      // The line editor would answer a line like `.exit` itself.
      if (this.#continuing || !line.trim().startsWith(".")) keep?.call(this.#server, line);
      else this.#evaluate(line, () => this.#server.displayPrompt());
    });
    this.#server.removeAllListeners("SIGINT");
    this.#server.on("SIGINT", () => this.#clearLine());
  }

  #clearLine(): void {
    this.#server.write(null, { ctrl: true, name: "e" });
    this.#server.write(null, { ctrl: true, name: "u" });
    this.#server.clearBufferedCommand();
    this.#continuing = false;
    process.stdout.write("^C\n");
    this.#server.setPrompt(this.#prompt);
    this.#server.displayPrompt();
  }

  /** A history that cannot be kept is no reason not to start; the line editor says so itself. */
  #loadHistory(): Promise<void> {
    const file = process.env.AYES_HISTORY ?? join(homedir(), ".ayes_history");
    return new Promise((resolve) => this.#server.setupHistory(file, () => resolve()));
  }
}
