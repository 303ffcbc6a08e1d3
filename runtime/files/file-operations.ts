/** Operations and checks on files, as programs write them, and what the core makes of them. */

import { type FileRow, fileKey, pathIn } from "../../actors/file.js";
import type { Check as CoreCheck, ClientOperation as CoreOperation, Key } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { FileCheck, FileOperation } from "../files-api.js";
import { describe } from "../json-shape.js";
import { type Content, INLINE_BYTES, inlineContent } from "./content.js";
import { checkPath } from "./path.js";

/** What was staged under a name. */
export type ContentOf = (staged: string) => Content;

export const FILE_OPERATION_FIELDS: Record<FileOperation["op"], readonly string[]> = {
  writeFile: ["op", "path", "content", "type", "modifiedAt"],
  copyFile: ["op", "path", "source"],
  deleteFile: ["op", "path"],
};

/** Where nothing can be staged. */
export const NOTHING_STAGED: ContentOf = () => {
  throw new AyesError("no-content", "nothing is staged here");
};

/** Where it is only checked, and somebody else knows what was staged. */
export const SOMETHING_STAGED: ContentOf = () => ({ size: 0, digest: "", inline: "" });

const TYPE = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

export function isFileOperation<Other extends { op?: unknown }>(
  operation: Other | FileOperation,
): operation is FileOperation {
  return typeof operation.op === "string" && Object.hasOwn(FILE_OPERATION_FIELDS, operation.op);
}

/** An operation for the core. Its fields are known already. */
export function checkFileOperation(record: Record<string, unknown>, name: string, contentOf: ContentOf): CoreOperation {
  const path = checkPath(record.path, `${name}.path`);
  const key = fileKey(path);
  if (record.op === "deleteFile") return { op: "del", key };
  if (record.op === "copyFile") {
    const source = checkPath(record.source, `${name}.source`);
    if (source === path) throw new AyesError("invalid", `${name} copies ${JSON.stringify(path)} to itself`);
    return { op: "copy", key, source: fileKey(source) };
  }
  const { modifiedAt, type } = record;
  const row: FileRow = {
    ...checkContent(record.content, `${name}.content`, contentOf),
    ...(type !== undefined && { type: checkType(type, `${name}.type`) }),
    ...(modifiedAt !== undefined && { modified: checkInstant(modifiedAt, `${name}.modifiedAt`) }),
  };
  return { op: "put", key, value: JSON.stringify(row) };
}

/** A file in a check: the key of its row. */
export function checkCheckedPath(path: unknown, name: string): Key {
  return fileKey(checkPath(path, name));
}

/** The content type of a file. */
export function checkType(type: unknown, name = "type"): string {
  if (typeof type === "string" && TYPE.test(type)) return type;
  throw new AyesError("invalid", `${name} must be a content type such as text/plain, not ${describe(type)}`);
}

/** An operation on a file as programs write it: what is in its row, without the bytes. */
export function shownOperation(operation: CoreOperation): FileOperation | undefined {
  const path = pathIn(operation.key);
  if (path === undefined) return undefined;
  if (operation.op === "copy") return { op: "copyFile", path, source: pathIn(operation.source) ?? "" };
  if (operation.op !== "put") return { op: "deleteFile", path };
  const { size, digest, type, modified, inline } = JSON.parse(String(operation.value)) as FileRow;
  return {
    op: "writeFile",
    path,
    content: inline === undefined ? { staged: "", size, digest } : new Uint8Array(Buffer.from(inline, "base64")),
    ...(type !== undefined && { type }),
    ...(modified !== undefined && { modifiedAt: modified }),
  };
}

/** A check on a file as programs write it. */
export function shownFileCheck(check: CoreCheck): FileCheck | undefined {
  if (!("key" in check) || check.is === "equals") return undefined;
  const path = pathIn(check.key);
  if (path === undefined) return undefined;
  return check.is === "version" ? { path, is: check.is, version: check.version } : { path, is: check.is };
}

function checkContent(content: unknown, name: string, contentOf: ContentOf): Content {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes instanceof Uint8Array) {
    if (bytes.length <= INLINE_BYTES) return inlineContent(bytes);
    throw new AyesError(
      "too-large",
      `${name} has ${bytes.length} bytes; stage what has more than ${INLINE_BYTES} first`,
    );
  }
  const { staged } = Object(content) as { staged?: unknown };
  if (typeof staged === "string") return contentOf(staged);
  throw new AyesError("invalid", `${name} must be bytes, a text or what was staged, not ${describe(content)}`);
}

function checkInstant(instant: unknown, name: string): number {
  if (typeof instant === "number" && Number.isSafeInteger(instant) && instant >= 0) return instant;
  throw new AyesError("invalid", `${name} must be milliseconds since 1970, not ${describe(instant)}`);
}
