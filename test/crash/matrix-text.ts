/** The crash matrix as a page: what was found, on which code. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countDoubles, nameOf, singles } from "./matrix-cases.js";
import type { RealCell } from "./matrix-real.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const MATRIX = join(ROOT, "test", "crash", "MATRIX.md");
/** The code that the matrix is about. A table made with other code is stale. */
const ABOUT = ["actors", "storage", "runtime", "test/crash"];

/** Of the sources, so that a table can be told from a stale one. */
export function fingerprint(): string {
  const hash = createHash("sha256");
  for (const folder of ABOUT) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".ts")).sort()) {
      hash.update(file).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** The simulated part: always the same for the same code. Throws when a cell is anything but right. */
export function simulatedText(): string {
  const found = singles();
  let [settled, blocked] = [0, 0];
  const wrong = found.flatMap(({ blow, ending }) => ending.wrong.map((text) => `${nameOf(blow)}: ${text}`));
  const rows = found.map((single) => {
    const { blow, ending } = single;
    const doubles = countDoubles(single);
    settled += doubles.settles;
    blocked += doubles.blocks;
    wrong.push(...doubles.wrong);
    const role = blow.node === "c1" ? "coordinator" : "participant";
    const second = `${doubles.settles + doubles.blocks} settle, ${doubles.blocks} of them blocked until then`;
    return `| ${role} | ${blow.turn} | ${blow.kind} | ${ending.away} | ${ending.back} | ${second} |`;
  });
  if (wrong.length > 0) throw new Error(wrong.slice(0, 20).join("\n"));
  return [
    `${found.length} single faults and ${settled + blocked} pairs; ${blocked} pairs block, as theory says, until a victim is back. Nothing else was seen.`,
    "",
    "| role | turn | fault | while the victim is away | outcome | with every second fault, once all are back |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The part with real processes. */
export function realText(cells: readonly RealCell[]): string {
  const rows = cells.map(({ node, turn, at, outcome }) => {
    return `| ${node === "c1" ? "coordinator" : "participant"} | ${turn} | ${at} | settles | ${outcome} |`;
  });
  return [
    `${cells.length} kills.`,
    "",
    "| role | turn | killed | once it is back | outcome |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

export const SIMULATED_TITLE = "## In simulation";
export const REAL_TITLE = "## With real processes and `SIGKILL`";
