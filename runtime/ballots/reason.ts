/** Decides which reasons of people may enter. */

import { AyesError } from "../errors.js";
import { describe, isWellFormed } from "../json-shape.js";

const LIMIT = 1000;

/** A text of at most 1,000 characters; an empty one is none. */
export function checkReason(reason: unknown): string | undefined {
  if (reason === undefined || reason === "") return undefined;
  if (typeof reason !== "string" || !isWellFormed(reason)) {
    throw new AyesError("invalid", `the reason must be a text, not ${describe(reason)}`);
  }
  if (reason.length <= LIMIT) return reason;
  throw new AyesError("too-large", `the reason has ${reason.length} characters; the limit is ${LIMIT}`);
}
