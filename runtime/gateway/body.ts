/** Decides how much of a request's body is read, and what counts as JSON in it. */

import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { AyesError } from "../errors.js";
import { cutOff, invite, tooSlow, within } from "./body-stream.js";

/** Room for a transaction of 16 MiB with its bytes in base64. */
const BODY_LIMIT_BYTES = 24 * 1024 * 1024;
const PATIENCE_MS = 60_000;

/** The whole body. One that is declared too long is refused before any of it is read, another one as it arrives. */
export async function readBody(bindings: HttpBindings): Promise<Buffer> {
  if (Number(bindings.incoming.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) {
    bindings.incoming.resume();
    throw tooLarge();
  }
  invite(bindings);
  return within(gather(bindings.incoming), PATIENCE_MS, () => tooSlow(PATIENCE_MS));
}

function gather(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT_BYTES) return chunks.push(chunk);
      // The rest is thrown away unread, so that the client, who may still be sending, gets to read the answer.
      incoming.removeAllListeners("data").resume();
      return reject(tooLarge());
    });
    incoming.once("end", () => resolve(Buffer.concat(chunks)));
    incoming.once("error", reject);
    incoming.once("close", () => reject(cutOff()));
  });
}

function tooLarge(): AyesError {
  return new AyesError("too-large", `the body is over the limit of ${BODY_LIMIT_BYTES} bytes (24 MiB)`);
}

/** The JSON value in a body. */
export function parseJson(body: Uint8Array): unknown {
  return parseText(decodeUtf8(body), "the body");
}

/** The JSON value in a text. */
export function parseText(text: string, name: string): unknown {
  if (text.trim() === "") throw new AyesError("invalid", `${name} is empty; it must be JSON`);
  const value = parse(text, name);
  requireExactIntegers(text);
  return value;
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new AyesError("invalid", "the body is not UTF-8; send bytes with content-type: application/octet-stream");
  }
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AyesError("invalid", `${name} is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

const LONG_INTEGER = /^-?\d{16,}$/;
/** No finite number has more digits. */
const DIGITS_LIMIT = 310;

/** Refuses an integer that would be stored as another one: JSON.parse rounds what a double cannot hold. */
function requireExactIntegers(text: string): void {
  if (!/\d{16}/.test(text)) return;
  const token = /"|-?\d[\d.eE+-]*/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[0] === '"') token.lastIndex = afterString(text, match.index + 1);
    else if (LONG_INTEGER.test(match[0]) && !isExact(match[0])) {
      throw new AyesError("invalid", `${match[0].slice(0, 60)} cannot be held exactly; send it as a string`);
    }
  }
}

function isExact(digits: string): boolean {
  return digits.length <= DIGITS_LIMIT && Number.isFinite(Number(digits)) && BigInt(Number(digits)) === BigInt(digits);
}

/** Where the string that starts here has ended. */
function afterString(text: string, start: number): number {
  let index = start;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}
