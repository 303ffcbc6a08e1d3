/** The texts of `help`, made from the grammar. */

import { COMMAND_NAMES, type CommandName, describe } from "./grammar.js";

/** The text of `help`. */
export function helpText(name?: CommandName): string {
  if (name === undefined) return overview();
  const { usage, says, details = [], examples } = describe(name);
  const more = details.length > 0 ? ["", ...details.map((line) => `  ${line}`)] : [];
  return [usage, `  ${says}`, ...more, "", "Examples", ...examples.map((line) => `  ${line}`)].join("\n");
}

function overview(): string {
  const width = Math.max(...COMMAND_NAMES.map((name) => name.length));
  return [
    ...COMMAND_NAMES.map((name) => `  ${name.padEnd(width)}  ${describe(name).says}`),
    "",
    "Several statements on a line are separated by ; and an open quote or bracket goes on in the next line.",
    "help COMMAND shows one command with examples, for instance: help put",
  ].join("\n");
}
