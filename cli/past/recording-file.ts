/** A recording in a file: entries as lines, written as they come, read up to the last whole line. */

import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import type { Entry } from "../../runtime/recording/entry.js";
import { localProblem } from "../files/local-problem.js";
import { Problem } from "../language/problem.js";

/** Only its owner may read it: it holds all data that went through the cluster meanwhile. */
const MODE = 0o600;
const TURN = '{"kind":"turn"';

/** A file that does not exist yet. */
export class RecordingFile {
  readonly path: string;
  readonly #file: number;
  #pending: string[] = [];
  turns = 0;
  bytes = 0;

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, "wx", MODE);
    } catch (error) {
      throw localProblem(path, error);
    }
  }

  /** Takes an entry as the line that it is. Those that come together are written together. */
  take(line: string): void {
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pending.push(line);
    if (line.startsWith(TURN)) this.turns += 1;
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(""));
    this.#pending = [];
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    this.bytes += bytes.length;
  }
}

/** The entries of a file. Whoever wrote it may have been killed: what follows the last line end is left out. */
export async function* entriesOf(path: string): AsyncIterable<Entry> {
  const { entryIn } = await import("../../runtime/recording/entry.js");
  let number = 0;
  for await (const line of wholeLines(path)) {
    number += 1;
    try {
      yield entryIn(line);
    } catch {
      throw new Problem(`line ${number} of ${path} is damaged: it is no entry of a recording`);
    }
  }
}

async function* wholeLines(path: string): AsyncIterable<string> {
  let rest = "";
  try {
    for await (const piece of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    throw localProblem(path, error);
  }
}
