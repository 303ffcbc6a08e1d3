/** `npm run matrix`: goes through all cells and writes the page. It fails, and writes nothing, when a cell is wrong. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realCells } from "./matrix-real.js";
import { fingerprint, MATRIX, REAL_TITLE, realText, simulatedText, TITLES } from "./matrix-text.js";

const [two, three] = [simulatedText("2pc"), simulatedText("3pc")];
for (const text of [two, three]) console.error(text.split("\n")[0]);
const data = mkdtempSync(join(tmpdir(), "ayes-matrix-"));
try {
  const cells = await realCells(data, ({ protocol, node, at, turn, outcome }) =>
    console.error(`${protocol}: ${node} killed ${at} turn ${turn}: ${outcome}`),
  );
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    MATRIX,
    `# The crash matrix

One transaction that writes two keys on three replicas, if a third key and a range are as they were. Each fault falls in one turn of one node, at every moment of it.
The victim stays away until the others can do no more, then it comes back. In two-phase commit every cell either
settles, or blocks until somebody who may know is back, exactly when it must. In three-phase commit those that are left
decide without the dead, in every cell; only one that is paused, which is not dead, is waited for. Written by
\`npm run matrix\`; a test notices when this page is stale.

${date}, on the code after commit ${commit}, sources ${fingerprint()}.

${TITLES["2pc"]}

${two}

${TITLES["3pc"]}

${three}

${REAL_TITLE}

${realText(cells)}
`,
  );
  console.error(`wrote ${MATRIX}`);
} finally {
  rmSync(data, { recursive: true, force: true });
}
