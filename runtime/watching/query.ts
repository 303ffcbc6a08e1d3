/** Decides which questions about changes may enter. */

import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";
import { checkPrefix } from "../keys.js";
import { checkNode } from "../requests.js";
import { checkDeadline, requireFields, requireObject } from "../validation.js";
import type { ChangesQuery, WatchOptions } from "../watching-api.js";

const WATCH_FIELDS = ["prefix", "since", "replica"];
const LIMIT_DEFAULT = 256;
const LIMIT_MOST = 1000;
const POSITION_LIMIT = 200;

/** Every choice made, except for those that may be left out. */
export type CheckedChanges = CheckedWatch & { limit: number; deadlineMs: number };
/** With the prefix as the core knows it. */
export type CheckedWatch = Omit<WatchOptions, "prefix"> & { prefix?: string };

export function checkChanges(query: unknown = {}): CheckedChanges {
  const record = requireObject(query, "the query");
  requireFields(record, [...WATCH_FIELDS, "limit", "deadlineMs"], "the query");
  const { limit = LIMIT_DEFAULT, deadlineMs, ...options } = record as ChangesQuery;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MOST) {
    throw new AyesError("invalid", `limit must be an integer from 1 to ${LIMIT_MOST}, not ${describe(limit)}`);
  }
  return { ...checkWatch(options), limit, deadlineMs: checkDeadline(deadlineMs) };
}

export function checkWatch(options: unknown = {}): CheckedWatch {
  const record = requireObject(options, "the options");
  requireFields(record, WATCH_FIELDS, "the options");
  const { prefix, since, replica } = record;
  if (since !== undefined && (typeof since !== "string" || since.length > POSITION_LIMIT)) {
    throw new AyesError("invalid", `since must be a position or "begin", not ${describe(since)}`);
  }
  return {
    ...(prefix !== undefined && { prefix: checkPrefix(prefix) }),
    ...(since !== undefined && { since }),
    ...(replica !== undefined && { replica: checkNode(replica, "replica") }),
  };
}
