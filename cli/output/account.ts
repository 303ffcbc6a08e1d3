/** What a transaction had read and was to write, in words. */

import type { Check, Key, Operation } from "../../runtime/api.js";
import type { Why } from "../../runtime/errors.js";
import { isAbout } from "../../runtime/functions/passing.js";
import { rangeText } from "../../runtime/range-text.js";
import type { Account, Ending } from "../session/transaction.js";

const MOST = 20;

/** One line for each key and range, the first ones of many; and what of it had changed, if that is why it was aborted. */
export function accountLines({ read, required, written }: Account, result: Ending): string[] {
  const why = "why" in result ? result.why : undefined;
  const isDone = result.outcome === "committed";
  return [
    ...few(read.map((check) => `read ${readText(check)}${isFlaw(why, check) ? "; it has changed since" : ""}`)),
    ...few(required.map((check) => `required ${requiredText(check)}`)),
    ...few(written.map((operation) => `${isDone ? "" : "meant to "}${writeText(operation, isDone)}`)),
    ...(isDone && written.length + required.length === 0 ? ["all that was read was true together"] : []),
  ];
}

function few(lines: readonly string[]): string[] {
  const left = lines.length - MOST;
  return left > 1 ? [...lines.slice(0, MOST), `… and ${left} more`] : [...lines];
}

function readText(check: Check): string {
  if (check.is === "rangeUnchanged") return `${rangeText(check.range)}: ${check.version.replace(/\..*/, "")} of them`;
  return check.is === "version"
    ? `${subject(check)}, version ${check.version}`
    : `${subject(check)}, which does not exist`;
}

function requiredText(check: Check): string {
  if (check.is === "rangeUnchanged") return `${rangeText(check.range)} unchanged`;
  if (check.is === "version") return `${subject(check)} version ${check.version}`;
  return check.is === "equals" ? `a value of ${named(check.key)}` : `${subject(check)} ${check.is}`;
}

function writeText(operation: Operation, isDone: boolean): string {
  const key = subject(operation);
  switch (operation.op) {
    case "writeFile":
      return `${isDone ? "wrote" : "write"} ${key}`;
    case "deleteFile":
      return `${isDone ? "deleted" : "delete"} ${key}`;
    case "copyFile":
      return `${isDone ? "copied" : "copy"} ${named(operation.source)} to ${key}`;
    case "put":
      return `${isDone ? "wrote" : "write"} ${key}`;
    case "del":
      return `${isDone ? "deleted" : "delete"} ${key}`;
    case "add":
      return `${isDone ? "added" : "add"} ${operation.delta} to ${key}`;
  }
}

function isFlaw(why: Why | undefined, check: Check): boolean {
  return why?.code === "check-failed" && isAbout(check, why);
}

/** What a check or an operation is about. */
function subject(about: { key: Key } | { path: string }): string {
  return "path" in about ? `file ${named(about.path)}` : named(about.key);
}

function named(key: Key): string {
  return JSON.stringify(key);
}
