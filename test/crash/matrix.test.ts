/** The published crash matrix says what the code does today. */

import { readFileSync } from "node:fs";
import t from "tap";
import { fingerprint, MATRIX, REAL_TITLE, SIMULATED_TITLE, simulatedText } from "./matrix-text.js";

const page = readFileSync(MATRIX, "utf8");
const between = (start: string, end: string) => page.split(start)[1]?.split(end)[0]?.trim();

t.test("its simulated part is what every single and double fault comes to now", async (t) => {
  t.equal(between(SIMULATED_TITLE, REAL_TITLE), simulatedText());
});

t.test("its part with real processes was made with these sources", async (t) => {
  t.match(page, `sources ${fingerprint()}`, "npm run matrix writes it anew");
});
