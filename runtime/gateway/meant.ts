/** Decides whether a request that changes more than keys was meant: no page of another site can send one by accident. */

import type { Answer } from "./answers.js";
import { type Request, typeOf } from "./intake.js";
import { type Handler, refusal } from "./mounting.js";

/** No browser sends this type or this header for a page of another site without asking first. */
export function refusalOfUnmeant(request: Request, word: string): Answer | undefined {
  if (typeOf(request) !== "application/json") {
    return refusal(415, "this needs a body of JSON", "send content-type: application/json");
  }
  if (request.req.header("x-ayes") === word) return undefined;
  return refusal(403, "this must be meant", `send the header x-ayes: ${word}`);
}

/** A handler that is asked only if the request was meant. */
export function meant(word: string, handler: Handler): Handler {
  return async (request) => refusalOfUnmeant(request, word) ?? handler(request);
}
