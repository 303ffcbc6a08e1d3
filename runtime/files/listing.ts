/** Rows of files as programs see them: one, or a page in the order of their paths. */

import { type FileRow, fileKey, pathIn } from "../../actors/file.js";
import { AyesError } from "../errors.js";
import type { FilePage, FileStat, ListFilesQuery } from "../files-api.js";
import { describe } from "../json-shape.js";
import type { Entry, ReadResult, ScanPage, ScanQuery } from "../reading-api.js";
import { requireFields, requireObject } from "../validation.js";
import { statOf } from "./content.js";
import { noFile } from "./open-files.js";
import { checkPath, checkPathPrefix, rangeOfFiles } from "./path.js";

const LIMIT = 10_000;
const DEFAULT = 100;

/** Where a file is to be read, with its path in its proper form. */
export function rowKey(path: string): { path: string; key: string } {
  const checked = checkPath(path);
  return { path: checked, key: fileKey(checked) };
}

export function statIn(path: string, { value, version }: Pick<ReadResult, "value" | "version">): FileStat {
  if (value === undefined) throw noFile(path);
  return statOf(path, version ?? "", value as FileRow);
}

/** What to scan for a page. */
export function scanFor(query: unknown = {}): ScanQuery {
  const record = requireObject(query, "the query");
  requireFields(record, ["prefix", "after", "limit"], "the query");
  const { after, limit = DEFAULT } = record;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > LIMIT) {
    throw new AyesError("invalid", `limit must be an integer from 1 to ${LIMIT}, not ${describe(limit)}`);
  }
  const from = after === undefined ? undefined : checkPath(after, "after");
  return { ...rangeOfFiles(checkPathPrefix(record.prefix), from), limit };
}

export function pageOf({ prefix, limit }: ListFilesQuery, { entries, next }: ScanPage): FilePage {
  const files = entries.flatMap(fileIn);
  const last = files.at(-1);
  if (next === undefined || !last) return { files };
  const rest = { ...(prefix !== undefined && { prefix }), after: last.path, ...(limit !== undefined && { limit }) };
  return { files, next: rest };
}

function fileIn({ key, value, version }: Entry): FileStat[] {
  const path = typeof key === "string" ? pathIn(key) : undefined;
  return path === undefined ? [] : [statOf(path, version, value as FileRow)];
}
