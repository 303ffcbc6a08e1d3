/** A test case in the published format: `ID COMMAND...` a line for the master, and the output that is expected of it. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export type Step =
  | { kind: "start"; id: number; n: number; port: number }
  /** To process `id`, or to the coordinator if it is -1. */
  | { kind: "send"; id: number; line: string; word: string };

export type Script = { name: string; steps: Step[]; expected: string };

const INPUT = ".input";

/** All cases of a folder: `NAME.input` and `NAME.output`. */
export function readScripts(folder: string): Script[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(INPUT))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const output = join(folder, `${basename(name, INPUT)}.output`);
      if (!existsSync(output)) throw new Error(`${path} has no expected output beside it`);
      const expected = readFileSync(output, "utf8");
      return { name: basename(name, INPUT), steps: parseScript(readFileSync(path, "utf8"), path), expected };
    });
}

/** Up to `exit`. Throws on a line that the published master would refuse or drop. */
export function parseScript(text: string, path: string): Step[] {
  const steps: Step[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "exit") break;
    if (line === "" && index === text.split("\n").length - 1) break;
    const step = parseStep(line);
    if (!step) throw new Error(`${path}:${index + 1}: ${JSON.stringify(line)} is nothing for the master`);
    steps.push(step);
  }
  return steps;
}

const SENT = /^(add|delete|get|vote|crash.*)$/;

function parseStep(line: string): Step | undefined {
  const [, id, rest = ""] = /^(-1|\d+)\s+(.*)$/.exec(line) ?? [];
  if (id === undefined) return undefined;
  const [word = "", ...words] = rest.split(/\s+/);
  if (SENT.test(word)) return { kind: "send", id: Number(id), line: rest, word };
  const numbers = words.filter((each) => /^\d+$/.test(each)).map(Number);
  const [n, port] = numbers;
  const isStart = word === "start" && words.length === 2 && n !== undefined && port !== undefined && id !== "-1";
  return isStart ? { kind: "start", id: Number(id), n, port } : undefined;
}
