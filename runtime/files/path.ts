/** Decides which paths may enter the core, and gives them the form that it knows. */

import { FILES, fileKey } from "../../actors/file.js";
import { afterKey, prefixRange } from "../../actors/range.js";
import type { KeyRange } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import { bytesBeyond, describe, isWellFormed } from "../json-shape.js";

const PATH_LIMIT_BYTES = 1024;

/** A path as files have it: relative, in NFC, of 1 to 1,024 bytes in UTF-8. It can name nothing outside of a folder. */
export function checkPath(path: unknown, name = "the path"): string {
  const text = checkText(path, name);
  if (text === "") throw new AyesError("invalid", `${name} must not be empty`);
  if (text.startsWith("/")) throw new AyesError("invalid", `${name} must be relative: without / at its start`);
  for (const part of text.split("/")) {
    if (part === "") throw new AyesError("invalid", `${name} has an empty part`);
    if (part === "." || part === "..")
      throw new AyesError("invalid", `${name} has a part "${part}", which names no file`);
  }
  return text;
}

/** What paths may begin with: it need not be a path. */
export function checkPathPrefix(prefix: unknown = ""): string {
  return checkText(prefix, "the prefix");
}

/** Where the rows are of the files whose paths begin with this, after one of them. */
export function rangeOfFiles(prefix: string, after?: string): KeyRange {
  const range = prefix === "" ? FILES : prefixRange(fileKey(prefix));
  return after === undefined ? range : { ...range, start: afterKey(fileKey(after)) };
}

function checkText(text: unknown, name: string): string {
  if (typeof text !== "string") throw new AyesError("invalid", `${name} must be a string, not ${describe(text)}`);
  if (!isWellFormed(text)) throw new AyesError("invalid", `${name} contains a lone surrogate, which is no character`);
  if (text.includes("\0")) throw new AyesError("invalid", `${name} contains NUL`);
  const normal = text.length > PATH_LIMIT_BYTES ? text : text.normalize("NFC");
  if (!bytesBeyond(normal, PATH_LIMIT_BYTES)) return normal;
  throw new AyesError("too-large", `${name} has ${Buffer.byteLength(normal)} bytes; the limit is ${PATH_LIMIT_BYTES}`);
}
