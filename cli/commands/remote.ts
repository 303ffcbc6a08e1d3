/** Commands that run statements on a cluster that is running elsewhere. */

import { parseWords } from "../language/parse.js";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { Bodies } from "../session/file-steps.js";
import { Connection, type Link } from "../session/link.js";
import { Runner } from "../session/runner.js";
import { Session } from "../session/session.js";
import { fileReader } from "../session/values.js";
import { connect } from "./engine.js";
import { isUrl, placeOf } from "./place.js";
import { type Flags, runSources, type ScriptFlags } from "./scripts.js";

const SHELL_OPTIONS = ["--json", "--quiet", "--url", "--help"];

/** One statement, already cut into words by the shell: `ayes put a 1`. */
export function runWords(words: readonly string[], flags: Flags): Promise<number> {
  const statement = parseWords(words, SHELL_OPTIONS);
  return withLink(flags.url, async (link) => {
    const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
    const runner = new Runner(new Session(link, fileReader(process.stdin), new Bodies(process.stdin)), printer);
    return (await runner.runAll([statement], false)).code;
  });
}

/** `ayes exec [URL] STATEMENTS...`: each line is understood as a whole before any of it runs. */
export function runTexts(words: readonly string[], flags: ScriptFlags): Promise<number> {
  const [url, given] = cutUrl(words, flags);
  const texts = [...given, ...(flags.execute ?? [])];
  if (texts.length === 0) throw new Problem("nothing to run; for example: ayes exec 'put a 1; get a'");
  return withLink(url, (link) => runSources(link, { texts, files: [] }, flags));
}

export type RunFlags = ScriptFlags & { clients?: number; summary?: boolean };

/** `ayes run [URL] FILES...`, one after the other, or by several clients at once; `-` is the standard input. */
export async function runFiles(words: readonly string[], flags: RunFlags): Promise<number> {
  const [url, named] = cutUrl(words, flags);
  const files = [...named, ...(flags.file ?? [])];
  if (files.length === 0) throw new Problem("no file to run; for example: ayes run orders.txt, or - for stdin");
  const { clients } = flags;
  if (clients !== undefined) {
    const { runClients } = await import("./clients.js");
    return runClients(placeOf(url), files, { ...flags, clients });
  }
  if (flags.summary) throw new Problem("--summary goes with --clients");
  return withLink(url, (link) => runSources(link, { texts: [], files }, flags));
}

/** A first word that is a URL names the cluster. */
function cutUrl(words: readonly string[], { url }: Flags): [string | undefined, readonly string[]] {
  const [first, ...rest] = words;
  return isUrl(first) ? [first, rest] : [url, words];
}

/** Connects when the first statement needs it, and lets go at the end. */
async function withLink(url: string | undefined, use: (link: Link) => Promise<number>): Promise<number> {
  const place = placeOf(url);
  const link = new Connection(() => connect(place));
  try {
    return await use(link);
  } finally {
    await link.close();
  }
}
