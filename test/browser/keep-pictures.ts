/** Copies the pictures that the README shows from where the tests have put them: `npm run pictures`. */

import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PICTURES } from "./pictures.js";

const KEPT = join(PICTURES, "..", "..", "cli", "dashboard", "pictures");
const CHOSEN = ["cluster-1280-light", "transaction-1280-light", "doubt-1280-dark", "load-1280-dark", "step-1280-light"];

mkdirSync(KEPT, { recursive: true });
for (const name of CHOSEN) cpSync(join(PICTURES, `${name}.png`), join(KEPT, `${name}.png`));
