/** Statements that are given rather than typed: texts of a command line, then files, with one session for all. */

import { createReadStream } from "node:fs";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { Bodies } from "../session/file-steps.js";
import type { Link } from "../session/link.js";
import { EXIT } from "../session/reply.js";
import { Runner } from "../session/runner.js";
import { Script } from "../session/script.js";
import { Session } from "../session/session.js";
import { fileReader, reason } from "../session/values.js";

/** What every command takes. */
export type Flags = { json?: boolean; quiet?: boolean; url?: string };
/** What commands that run several statements take. */
export type ScriptFlags = Flags & { execute?: string[]; file?: string[]; continue?: boolean };

/** What to run, in this order. `-` is the standard input. */
export type Sources = { texts: readonly string[]; files: readonly string[] };

/** Runs everything; the first failure stops it unless told otherwise. Returns the exit code. */
export async function runSources(link: Link, { texts, files }: Sources, flags: ScriptFlags): Promise<number> {
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const stdinTaken = texts.includes("-") || files.includes("-");
  const stdin = stdinTaken ? undefined : process.stdin;
  const session = new Session(link, fileReader(stdin), new Bodies(stdin));
  const runner = new Runner(session, printer);
  const keepGoing = flags.continue === true;
  let worst: number = EXIT.done;
  if (texts.length > 0) worst = await new Script(runner, printer, { keepGoing }).run(linesOf(texts));
  for (const file of files) {
    if (worst !== EXIT.done && !keepGoing) break;
    const script = new Script(runner, printer, { name: file === "-" ? "stdin" : file, keepGoing });
    worst = Math.max(worst, await runFile(script, file));
  }
  return worst;
}

async function* linesOf(texts: readonly string[]): AsyncIterable<string | Uint8Array> {
  for (const text of texts) {
    if (text === "-") yield* process.stdin;
    else yield `${text}\n`;
  }
}

async function runFile(script: Script, file: string): Promise<number> {
  try {
    return await script.run(file === "-" ? process.stdin : createReadStream(file));
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Problem(`cannot read the file ${JSON.stringify(file)}: ${reason(error)}`);
  }
}
