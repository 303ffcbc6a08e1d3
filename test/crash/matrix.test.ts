/** The published crash matrix says what the code does today. */

import { readFileSync } from "node:fs";
import t from "tap";
import { fingerprint, MATRIX, simulatedText, TITLES } from "./matrix-text.js";

const page = readFileSync(MATRIX, "utf8");
const between = (start: string, end: string) => page.split(start)[1]?.split(end)[0]?.trim();

t.test("its part about two-phase commit is what every single and double fault comes to now", async (t) => {
  t.equal(between(TITLES["2pc"], TITLES["3pc"]), simulatedText("2pc"));
});

t.test("its part with real processes was made with these sources", async (t) => {
  t.match(page, `sources ${fingerprint()}`, "npm run matrix writes it anew");
});
