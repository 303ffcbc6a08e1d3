/** The published crash matrix says what three-phase commit does today. */

import { readFileSync } from "node:fs";
import t from "tap";
import { MATRIX, REAL_TITLE, simulatedText, TITLES } from "./matrix-text.js";

t.test("every single and double fault comes to what the page says", async (t) => {
  const [, part] = readFileSync(MATRIX, "utf8").split(TITLES["3pc"]);
  t.equal(part?.split(REAL_TITLE)[0]?.trim(), simulatedText("3pc"));
});
