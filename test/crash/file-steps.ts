/** The steps of writing files, as seen on the disk of a replica by somebody who waits for the moment to kill. */

import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { contentsFolder, stagedFolder } from "../../storage/contents.js";

/** What is there at one moment. */
type Look = { parts: string[]; staged: string[]; kept: string[] };
export type Step = (before: Look, now: Look) => boolean;

/** A step is seen by what has changed since one looked before. */
export const STEPS: Record<string, Step> = {
  "in staging": (_, { parts }) => parts.length > 0,
  "after the digest": (_, { staged }) => staged.length > 0,
  "when a node has taken something over": (before, { kept }) => kept.some((name) => !before.kept.includes(name)),
  "when a node removes something": (before, { kept }) => before.kept.some((name) => !kept.includes(name)),
  "when its uploads are removed": (before, { staged }) => before.staged.some((name) => !staged.includes(name)),
};

/** Resolves as soon as it is seen, after a while: the first things written are all new. */
export async function seen(node: string, step: Step, afterMs: number): Promise<void> {
  await sleep(afterMs);
  for (let before = look(node); ; ) {
    const now = look(node);
    if (step(before, now)) return;
    before = now;
    await sleep(1);
  }
}

function look(node: string): Look {
  const staged = readdirSync(stagedFolder(node));
  const parts = staged.filter((name) => name.endsWith(".part"));
  return { parts, staged: staged.filter((name) => !parts.includes(name)), kept: readdirSync(contentsFolder(node)) };
}
