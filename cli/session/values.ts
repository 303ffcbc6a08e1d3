/** Values that were typed as a file name: what a file's bytes mean. */

import { readFile, stat } from "node:fs/promises";
import type { Value } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import { Problem } from "../language/problem.js";
import type { ValueSource } from "../language/statement.js";

/** Gives the bytes of a named file. */
export type FileReader = (name: string) => Promise<Uint8Array>;

/** Far above the limit of a value, so that the cluster has the last word, and far below what memory can hold. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** The value itself. */
export async function load(source: ValueSource, read: FileReader): Promise<Value> {
  return "literal" in source ? source.literal : meaning(await read(source.file));
}

/** JSON if it is JSON, else text if it is UTF-8, else bytes: the same as for a value that is typed. */
export function meaning(bytes: Uint8Array): Value {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // A plain view: a Buffer may be a window on a shared pool.
    return Uint8Array.from(bytes);
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

/** Reads files of this computer; `-` is the standard input when that is not where the statements come from. */
export function fileReader(stdin: NodeJS.ReadableStream | undefined): FileReader {
  return async (name) => {
    if (name === "-") return readStream(stdin);
    try {
      const { size } = await stat(name);
      if (size > LIMIT_BYTES) throw new AyesError("too-large", `${name} has ${size} bytes`);
      return await readFile(name);
    } catch (error) {
      if (error instanceof AyesError) throw error;
      throw new Problem(`cannot read the file ${JSON.stringify(name)}: ${reason(error)}`);
    }
  };
}

async function readStream(stdin: NodeJS.ReadableStream | undefined): Promise<Uint8Array> {
  if (!stdin) throw new Problem("@- is not possible here: the standard input holds the statements");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LIMIT_BYTES) throw new AyesError("too-large", `the standard input has over ${LIMIT_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read",
  EISDIR: "it is a folder",
};

/** Why a file cannot be read, for people. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message ?? String(error);
}
