/** What waits for a person, as JSON. */

import type { Ballot } from "../ballot-api.js";
import { valueBody } from "./answers.js";

/** Bytes travel as base64, as everywhere. */
export function ballotBody({ operations, checks, ...ballot }: Ballot): object {
  return { ...ballot, operations: operations.map(entryBody), checks: checks.map(entryBody) };
}

function entryBody(entry: object): object {
  const { value, content, ...rest } = entry as { value?: unknown; content?: unknown };
  const bytes = value ?? content;
  return bytes instanceof Uint8Array ? { ...rest, ...valueBody(bytes) } : entry;
}
