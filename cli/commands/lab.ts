/** `ayes lab`: the guided tours, as a list, or one of them from beginning to end. */

import { diagramOf } from "../diagram/diagram.js";
import { textOf } from "../diagram/text.js";
import type { Lab } from "../lab/lab.js";
import { LABS } from "../lab/labs.js";
import { type Taken, Tour } from "../lab/tour.js";
import { didYouMean } from "../language/nearest.js";
import { Problem } from "../language/problem.js";
import { table } from "../output/table.js";
import { harmless, paint, type View, viewOf } from "../output/view.js";
import { open } from "./engine.js";
import { onStopSignal } from "./signals.js";

export type LabFlags = { hosts?: "threads" | "processes"; json?: boolean; quiet?: boolean };

const COLUMNS = 120;

/** Lists the tours, or runs one: 1 if something that it says does not hold. */
export async function lab(name: string | undefined, flags: LabFlags): Promise<number> {
  const view = viewOf(process.stdout, flags, "ayes ");
  if (name === undefined) return list(view);
  const found = LABS.find((one) => one.name === name);
  if (!found) {
    const names = LABS.map((one) => one.name);
    throw new Problem(
      `there is no lab ${JSON.stringify(name)}${didYouMean(name, names)}; there are ${names.join(", ")}`,
    );
  }
  return run(found, flags, view);
}

function list(view: View): number {
  const facts = LABS.map(({ name, title, about, steps }) => ({ lab: name, title, about, steps: steps.length }));
  const text = view.json
    ? facts.map((fact) => JSON.stringify(fact)).join("\n")
    : table(
        view,
        ["lab", "what it shows"],
        facts.map((fact) => [fact.lab, fact.title]),
      );
  process.stdout.write(`${text}\n`);
  return 0;
}

async function run(lab: Lab, { hosts }: LabFlags, view: View): Promise<number> {
  const tour = new Tour(lab, { open, hosts });
  const forget = onStopSignal(() => void tour.close());
  try {
    if (!view.json && !view.quiet) print(paint(view, "bold", lab.title), lab.about);
    await tour.start();
    for (let taken = await tour.next(); taken; taken = await tour.next()) {
      const number = tour.taken.length;
      print(view.json ? JSON.stringify({ lab: lab.name, step: number, ...taken }) : stepText(view, taken, number));
    }
    return tour.hasFailed ? 1 : 0;
  } finally {
    forget();
    await tour.close();
  }
}

function stepText(view: View, { say, found, lines, trace }: Taken, number: number): string {
  const columns = view.terminal ? (process.stdout.columns ?? COLUMNS) : COLUMNS;
  const parts = [
    `\n${number}. ${say}`,
    ...(lines.length > 0 && !view.quiet ? ["", ...lines.map((line) => `   ${line}`)] : []),
    ...(trace && !view.quiet ? ["", textOf(diagramOf(trace), columns)] : []),
    "",
    ...found.map(({ that, holds }) => {
      return holds
        ? `   ${paint(view, "green", "✓")} ${that}`
        : `   ${paint(view, "red", "✗ this does not hold:")} ${that}`;
    }),
  ];
  return harmless(parts.join("\n"));
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
