/** The crash matrix as a page: what was found, on which code. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NodeId, ProtocolName } from "../../actors/transaction.js";
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
export function simulatedText(protocol: ProtocolName): string {
  const found = singles(protocol);
  const { roles, blocks, untilThen } = WORDS[protocol];
  let [settled, blocked] = [0, 0];
  const wrong = found.flatMap(({ blow, ending }) => ending.wrong.map((text) => `${nameOf(blow)}: ${text}`));
  const rows = found.map((single) => {
    const { blow, ending } = single;
    const doubles = countDoubles(protocol, single);
    settled += doubles.settles;
    blocked += doubles.blocks;
    wrong.push(...doubles.wrong);
    const second = `${doubles.settles + doubles.blocks} settle, ${doubles.blocks} of them ${untilThen}`;
    return `| ${roles[blow.node]} | ${blow.turn} | ${blow.kind} | ${ending.away} | ${ending.back} | ${second} |`;
  });
  if (wrong.length > 0) throw new Error(wrong.slice(0, 20).join("\n"));
  return [
    `${found.length} single faults and ${settled + blocked} pairs; ${blocked} pairs ${blocks}. Nothing else was seen.`,
    "",
    "| role | turn | fault | while the victim is away | outcome | with every second fault, once all are back |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The part with real processes. */
export function realText(cells: readonly RealCell[]): string {
  const rows = cells.map(({ protocol, node, turn, at, away, outcome }) => {
    return `| ${protocol} | ${WORDS[protocol].roles[node]} | ${turn} | ${at} | ${away} | ${outcome} |`;
  });
  return [
    `${cells.length} kills. Refused means that nobody had voted: it is not run, and its id is free.`,
    "",
    "| protocol | role | turn | killed | what its client was told while it was away | outcome once it is back |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

const WORDS: Record<ProtocolName, { roles: Record<NodeId, string>; blocks: string; untilThen: string }> = {
  "2pc": {
    roles: { c1: "coordinator", n1: "participant" },
    blocks: "block, as theory says, until a victim is back",
    untilThen: "blocked until then",
  },
  "3pc": {
    roles: { c1: "coordinator", n1: "participant, next in line", n2: "participant" },
    blocks: "wait for one that is paused; in all others those that are left decide at once",
    untilThen: "waited for one that was paused",
  },
};

export const TITLES: Record<ProtocolName, string> = {
  "2pc": "## Two-phase commit, in simulation",
  "3pc": "## Three-phase commit, in simulation",
};
export const REAL_TITLE = "## With real processes and `SIGKILL`";
