/** Puts together what several recorders of one machine wrote down, by their common clock. */

import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import type { HistoryEvent } from "../history/history.js";

type Head = { line: string; time: number; begins: boolean };

/** Merges files of histories into one. Each of them is in order already. */
export async function mergeHistories(parts: readonly string[], file: string): Promise<void> {
  await pipeline(merged(parts), createWriteStream(file));
}

async function* merged(parts: readonly string[]): AsyncIterable<string> {
  const sources = parts.map((part) => createInterface({ input: createReadStream(part) })[Symbol.asyncIterator]());
  const heads = await Promise.all(sources.map(nextOf));
  for (;;) {
    const first = heads.reduce((best, head, index) => (isBefore(head, heads[best]) ? index : best), 0);
    const head = heads[first];
    const source = sources[first];
    if (!head || !source) return;
    yield `${head.line}\n`;
    heads[first] = await nextOf(source);
  }
}

async function nextOf(source: AsyncIterator<string>): Promise<Head | undefined> {
  const { value: line, done } = await source.next();
  if (done) return undefined;
  const { time, type } = JSON.parse(line) as HistoryEvent;
  return { line, time, begins: type === "invoke" };
}

/** At the same instant a beginning goes first: then the two overlap, which claims less. */
function isBefore(head: Head | undefined, other: Head | undefined): boolean {
  if (!head || !other) return head !== undefined;
  return head.time === other.time ? head.begins && !other.begins : head.time < other.time;
}
