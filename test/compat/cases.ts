/** The scripts of this folder as cases: those for the line framing, and those for the length framing and its rule. */

import { fileURLToPath } from "node:url";
import type { Case } from "./grading.js";
import { readScripts } from "./script.js";

const ROOT = new URL("../../../", import.meta.url);

/** Where `process` and `stopall` are. */
export const PROCESS_FOLDER = fileURLToPath(new URL("cli/compat", ROOT));

const SUITES = [
  { folder: "test/compat/scripts", framing: "line", vetoLonger: false },
  { folder: "test/compat/veto-longer", framing: "length", vetoLonger: true },
] as const;

/** All, or those with these names. Throws when there are none. */
export function readCases(names: readonly string[]): Case[] {
  const all = SUITES.flatMap(({ folder, framing, vetoLonger }) =>
    readScripts(fileURLToPath(new URL(folder, ROOT))).map((script): Case => ({ ...script, framing, vetoLonger })),
  );
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (chosen.length === 0) throw new Error(`no script is named ${names.join(", ")}`);
  return chosen;
}
