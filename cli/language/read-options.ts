/** How a read is to be done, and how long a statement may take. */

import type { ReadOptions } from "../../runtime/reading-api.js";
import { type Arguments, choiceOf, integerOf, textOf } from "./arguments.js";

const CONSISTENCIES = ["committed", "linearizable"] as const;

export function readOptions(input: Arguments): ReadOptions {
  return {
    ...input.optional("read", "--read", (token, what) => choiceOf(token, what, CONSISTENCIES)),
    ...input.optional("replica", "--replica", textOf),
    ...deadline(input),
  };
}

export function deadline(input: Arguments): { deadlineMs?: number } {
  return input.optional("deadlineMs", "--deadline", (token, what) => integerOf(token, what, 1));
}
