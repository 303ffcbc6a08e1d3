#!/usr/bin/env node
/** The entry of `ayes`: runs one command and turns whatever happens into an exit code, never a stack trace. */

import { CommanderError } from "commander";
import { Printer } from "./output/printer.js";
import { viewOf } from "./output/view.js";
import { createProgram } from "./program.js";
import { EXIT, exitCodeOf, failureOf } from "./session/reply.js";

/** Runs the program and resolves with its exit code. */
async function main(words: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  try {
    await createProgram((result) => {
      code = result;
    }).parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    // Its message has been printed. Asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (process.env.AYES_DEBUG) throw error;
    const failure = failureOf(error);
    new Printer(viewOf(process.stderr, { json: words.includes("--json") }, "ayes ")).fail(failure);
    return exitCodeOf(failure);
  }
}

/** Leaves when everything written has gone out: exiting cuts off what a pipe has not taken yet. */
function leave(code: number): void {
  let waiting = 2;
  const done = () => {
    waiting -= 1;
    if (waiting === 0) process.exit(code);
  };
  for (const stream of [process.stdout, process.stderr]) stream.write("", done);
}

// A reader that has seen enough (`ayes keys | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.done);
    throw error;
  });
}

leave(await main(process.argv.slice(2)));
