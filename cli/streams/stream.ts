/** A file of statements as one client's stream: checked as a whole before it runs, then read again while it runs. */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Problem } from "../language/problem.js";
import { type Piece, pieces } from "../session/pieces.js";
import type { Request } from "../session/session.js";
import { reason } from "../session/values.js";

/** A statement that a stream may have. */
export type Line = { line: number; text: string; statements: (Request | { kind: "quit" })[] };

export type Stream = {
  /** As errors and answers call it. */
  name: string;
  /** How many statements it has. */
  size: number;
  lines(): AsyncIterable<Line>;
};

/** Something in a stream that cannot be understood. */
export type Mistake = { problem: Problem; text: string; place: string };

/** What can be read only once is kept meanwhile, up to this size. */
const KEPT_BYTES = 64 * 1024 * 1024;
const MISTAKES_MOST = 20;

/** Reads a file, or the standard input (`-`), to its end. What is wrong with it is added to the mistakes. */
export async function openStream(file: string, mistakes: Mistake[]): Promise<Stream> {
  const name = file === "-" ? "stdin" : file;
  const open = await reopenable(file);
  let size = 0;
  for await (const piece of pieces(open())) {
    const problem = problemIn(piece);
    if (problem) mistakes.push({ problem, text: piece.text, place: `${name}:${piece.line}` });
    if (mistakes.length >= MISTAKES_MOST) break;
    size += piece.statements?.length ?? 0;
  }
  return { name, size, lines: () => linesOf(pieces(open()), name) };
}

async function* linesOf(all: AsyncIterable<Piece>, name: string): AsyncIterable<Line> {
  for await (const { line, text, statements } of all) {
    if (!statements) throw new Problem(`${name}:${line} has changed since it was checked`);
    yield { line, text, statements: statements as Line["statements"] };
  }
}

/** What only a person at a terminal could want is a mistake too. */
function problemIn({ problem, statements = [] }: Piece): Problem | undefined {
  if (problem) return problem;
  const idle = statements.find(({ kind }) => kind === "watch" || kind === "follow" || kind === "timing");
  return (
    idle &&
    new Problem(`${idle.kind === "timing" ? "timing" : "watch"} is for a prompt, not for one of several clients`)
  );
}

/** A long file is not kept in memory. */
async function reopenable(file: string): Promise<() => AsyncIterable<Uint8Array>> {
  try {
    if (file !== "-" && (await stat(file)).isFile()) return () => createReadStream(file);
    const kept = await readAll(file === "-" ? process.stdin : createReadStream(file), file);
    return async function* () {
      yield* kept;
    };
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Problem(`cannot read the file ${JSON.stringify(file)}: ${reason(error)}`);
  }
}

async function readAll(source: AsyncIterable<Uint8Array>, file: string): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > KEPT_BYTES) throw new Problem(`${file} has over ${KEPT_BYTES} bytes; write it to a file first`);
  }
  return chunks;
}
