/** Runs what was typed, statement by statement: what stops a line, what repeats, what is timed. */

import type { FileReading } from "../../runtime/files-api.js";
import type { WatchOptions } from "../../runtime/watching-api.js";
import { parse } from "../language/parse.js";
import type { Statement } from "../language/statement.js";
import type { Printer, Typed } from "../output/printer.js";
import { EXIT, exitCode, exitCodeOf, type Failure, failureOf } from "./reply.js";
import type { Session } from "./session.js";

/** How far a text got: the worst exit code, whether it failed, and whether it asked to leave. */
export type Ran = { code: number; quit: boolean };

/** Before a watch goes on over another connection. */
const AGAIN_MS = 1000;

/** Drives a session and shows what comes of it. */
export class Runner {
  readonly session: Session;
  readonly #printer: Printer;
  #timing = false;
  #interrupted = new AbortController();

  constructor(session: Session, printer: Printer) {
    this.session = session;
    this.#printer = printer;
  }

  /**
   * Runs all statements of a text. The whole text is understood before any of it runs. The first failure stops it
   * unless `keepGoing`. Throws a `Problem` only when the text is unfinished.
   */
  async run(typed: Typed, keepGoing = false): Promise<Ran> {
    let statements: Statement[];
    try {
      statements = parse(typed.text);
    } catch (error) {
      const failure = failureOf(error);
      if ("unfinished" in failure && failure.unfinished) throw failure;
      this.#printer.fail(failure, typed);
      return { code: EXIT.usage, quit: false };
    }
    this.#interrupted = new AbortController();
    return this.runAll(statements, keepGoing, typed.place);
  }

  /** Runs statements in order. */
  async runAll(statements: readonly Statement[], keepGoing: boolean, place?: string): Promise<Ran> {
    let worst = 0;
    for (const [index, statement] of statements.entries()) {
      if (statement.kind === "quit") return { code: worst, quit: true };
      const code = await this.#one(statement, place);
      worst = Math.max(worst, code);
      const left = statements.length - index - 1;
      if (this.#interrupted.signal.aborted || (code !== EXIT.done && !keepGoing)) {
        if (left > 0) this.#printer.say(`(stopped: ${left} more on this line not run)`);
        break;
      }
    }
    return { code: worst, quit: false };
  }

  /** Stops a `watch`, and the rest of the line. What was sent already goes on. */
  interrupt(): void {
    this.#interrupted.abort();
  }

  async #one(statement: Statement, place: string | undefined): Promise<number> {
    if (statement.kind === "quit") return EXIT.done;
    if (statement.kind === "watch") return this.#watch(statement.statement, statement.everyMs, place);
    if (statement.kind === "follow") return this.#follow(statement, place);
    if (statement.kind === "timing") {
      this.#timing = statement.on ?? !this.#timing;
      const text = `timing is ${this.#timing ? "on" : "off"}`;
      this.#printer.show({ kind: "note", text, facts: { timing: this.#timing } });
      return EXIT.done;
    }
    const start = performance.now();
    const reply = await this.session.run(statement);
    const tookMs = performance.now() - start;
    if (reply.kind === "file" && !reply.bytes) return this.#pour(reply.file, place);
    const typed = place === undefined ? undefined : { text: "", place };
    this.#printer.show(reply, typed, this.#timing ? tookMs : undefined);
    return exitCode(reply);
  }

  /** Shows changes until it is interrupted. A connection that was given up and made anew goes on where it was. */
  async #follow({ prefix, since }: WatchOptions, place: string | undefined): Promise<number> {
    const { signal } = this.#interrupted;
    let position = since;
    while (!signal.aborted) {
      try {
        position = await this.#followFrom({ prefix, since: position }, signal);
      } catch (error) {
        const failure = failureOf(error);
        const isAway = "code" in failure && failure.code === "no-cluster" && position !== since;
        if (!isAway && !signal.aborted) return this.#failed(failure, place);
      }
      await pause(AGAIN_MS, signal);
    }
    return EXIT.done;
  }

  async #pour(file: FileReading, place: string | undefined): Promise<number> {
    try {
      await this.#printer.pour(file);
      return EXIT.done;
    } catch (error) {
      return this.#failed(failureOf(error), place);
    }
  }

  #failed(error: Failure, place: string | undefined): number {
    this.#printer.fail(error, place === undefined ? undefined : { text: "", place });
    return exitCodeOf(error);
  }

  /** The position where it ended. */
  async #followFrom(options: WatchOptions, signal: AbortSignal): Promise<string> {
    const watch = await this.session.watch(options);
    const stop = () => void watch.return();
    signal.addEventListener("abort", stop, { once: true });
    let position = await watch.started;
    if (options.since === undefined) this.#printer.say(`watching after ${position}; Ctrl-C ends it`);
    for await (const event of watch) {
      position = event.position;
      this.#printer.show({ kind: "change", event });
      await this.#printer.drained();
    }
    signal.removeEventListener("abort", stop);
    return position;
  }

  /** Repeats a statement, whatever comes of it: a watcher wants to see the failure end too. */
  async #watch(statement: Statement, everyMs: number, place: string | undefined): Promise<number> {
    const { signal } = this.#interrupted;
    let code: number = EXIT.done;
    while (!signal.aborted) {
      code = await this.#one(statement, place);
      await pause(everyMs, signal);
    }
    return code;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
