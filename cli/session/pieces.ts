/** A script cut into what is understood, and run, at once: a line, or several where a quote or bracket is open. */

import { parse } from "../language/parse.js";
import { Problem } from "../language/problem.js";
import type { Statement } from "../language/statement.js";

/** What stands from this line on: statements, or a mistake. */
export type Piece = { line: number; text: string } & (
  | { statements: Statement[]; problem?: never }
  | { problem: Problem; statements?: never }
);

/** A statement may span lines up to this size: beyond it a forgotten quote is likelier than a value. */
const OPEN_LIMIT = 16 * 1024 * 1024;

/** The pieces of a text, as it arrives. Blank lines and comments are none. */
export async function* pieces(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Piece> {
  let number = 0;
  let line = 1;
  let open: { text: string; problem: Problem } | undefined;
  for await (const next of lines(source)) {
    number += 1;
    if (!open) line = number;
    const text = open ? `${open.text}\n${next}` : next;
    const piece = understood(text);
    open = piece.problem?.unfinished && text.length <= OPEN_LIMIT ? { text, problem: piece.problem } : undefined;
    if (!open && (piece.problem || piece.statements.length > 0)) yield { line, text, ...piece };
  }
  if (open) {
    const { message, position } = open.problem;
    const problem = new Problem(`the input ends here and nothing of this was run: ${message}`, position);
    yield { line, text: open.text, problem };
  }
}

function understood(
  text: string,
): { statements: Statement[]; problem?: never } | { problem: Problem; statements?: never } {
  try {
    return { statements: parse(text) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
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
