/** A program that holds the write lock of a node's store until its input ends: whoever commits there is stuck. */

import { readFileSync, writeSync } from "node:fs";
import { openLmdb } from "../../storage/lmdb.js";
import { concluded, prepared } from "./records.js";
import { ready } from "./storage.js";

const [folder = "", cluster = "", node = ""] = process.argv.slice(2);
if (folder === "") process.exit(0); // Started by somebody who takes it for a test.

const store = ready(() => openLmdb({ folder, identity: { cluster, node }, create: false }));
// Its fields are read where the row is written, inside the transaction.
const slow = prepared("intruder");
Object.defineProperty(slow, "coordinator", {
  enumerable: true,
  get: () => {
    writeSync(1, "holding\n");
    readFileSync(0);
    return "c1";
  },
});
store.commit({ records: [slow], writes: [] });
store.commit({ records: [concluded("intruder")], writes: [] });
store.close();
