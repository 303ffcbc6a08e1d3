/** A program that holds the write lock of a node's store until its input ends: whoever commits there is stuck. */

import { readFileSync, writeSync } from "node:fs";
import { openEnvironment } from "../../storage/environment.js";

const [folder = ""] = process.argv.slice(2);
if (folder === "") process.exit(0); // Started by somebody who takes it for a test.

const { root } = openEnvironment(folder, "write");
root.transactionSync(() => {
  writeSync(1, "holding\n");
  readFileSync(0);
});
await root.close();
