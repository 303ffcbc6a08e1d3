/** The text of a history as events: every line is checked for its form, and a mistake names its line. */

import { Problem } from "../language/problem.js";
import type { HistoryEvent, Micro } from "./history.js";

const TYPES = ["invoke", "ok", "fail", "info"];
const FUNCTIONS = ["get", "put", "delete", "txn"];
const STEPS = ["r", "scan", "w", "append"];

/** A mistake on a line of a history. */
export function mistake(line: number, says: string): Problem {
  return new Problem(`line ${line}: ${says}`);
}

/** One line. Lines are counted from 1. */
export function parseLine(text: string, line: number): HistoryEvent {
  const { process, type, f, key, value, time } = objectOf(text, line);
  if (!Number.isSafeInteger(process)) throw mistake(line, `"process" is a whole number, not ${told(process)}`);
  if (typeof time !== "number") throw mistake(line, `"time" is a number, not ${told(time)}`);
  oneOf("type", type, TYPES, line);
  oneOf("f", f, FUNCTIONS, line);
  const facts = { process, type, f, time } as Pick<HistoryEvent, "process" | "type" | "f" | "time">;
  if (f === "txn") return { ...facts, ...(value !== undefined && { value: steps(value, line) }) };
  if (typeof key !== "string") throw mistake(line, `"key" is a text, not ${told(key)}`);
  return { ...facts, key, ...(value !== undefined && { value }) };
}

function objectOf(text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw mistake(line, text.trim() === "" ? "it is empty" : "it is not JSON");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw mistake(line, "it is no JSON object");
  return value as Record<string, unknown>;
}

function oneOf(name: string, value: unknown, known: readonly string[], line: number): void {
  if (known.includes(value as string)) return;
  throw mistake(line, `"${name}" is one of ${known.join(", ")}, not ${told(value)}`);
}

function steps(value: unknown, line: number): Micro[] {
  if (!Array.isArray(value)) throw mistake(line, `"value" of a txn is a list of steps, not ${told(value)}`);
  for (const step of value) {
    const right = Array.isArray(step) && STEPS.includes(step[0]) && typeof step[1] === "string" && step.length <= 3;
    if (!right)
      throw mistake(
        line,
        `a step is ["r" or "w" or "append", KEY, VALUE] or ["scan", PREFIX, VALUES], not ${told(step)}`,
      );
  }
  return value as Micro[];
}

function told(value: unknown): string {
  return value === undefined ? "left out" : JSON.stringify(value).slice(0, 60);
}
