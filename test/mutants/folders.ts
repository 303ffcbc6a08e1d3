/** Planted bugs of attached folders. */

import type { Mutant } from "./mutants.js";

const ATTACHED = "runtime/folders/attached-folder.js";
const PUBLICATION = "runtime/folders/publication.js";
const ROW = "runtime/folders/row.js";
const KILLS = "test/crash/folder-kill.test.js";
const PROMISE = "test/runtime/folders-promise.test.js";

export const FOLDERS: readonly Mutant[] = [
  {
    name: "folder published file by file",
    test: KILLS,
    patches: [
      { file: ATTACHED, find: "writeIntent(this.layout, this.#promised);", put: "" },
      { file: PUBLICATION, find: "await retireIntent(layout);", put: "" },
    ],
  },
  {
    name: "what a folder has promised is forgotten in a crash",
    test: KILLS,
    patches: [{ file: ATTACHED, find: "this.#promised = promised;", put: "" }],
  },
  {
    name: "a folder carries out what it has promised without asking for the end",
    test: PROMISE,
    patches: [{ file: ROW, find: "if (version === txn)", put: "if (true)" }],
  },
  {
    name: "a folder does not rule out what may still begin",
    test: PROMISE,
    patches: [
      {
        file: ROW,
        find: "if (version !== prior)",
        put: "if (version === prior) return { committed: false, version };\n        if (version !== prior)",
      },
    ],
  },
  {
    name: "the digest of a file in a folder is not compared before the vote",
    test: "test/runtime/folders.test.js",
    patches: [{ file: "runtime/folders/vote.js", find: "if (now !== before)", put: "if (false)" }],
  },
  {
    name: "what outsiders put in the way of a promise is destroyed",
    test: PROMISE,
    patches: [
      {
        file: PUBLICATION,
        find: "return rename(found, place);",
        put: "return rm(found, { recursive: true, force: true });",
      },
    ],
  },
];
