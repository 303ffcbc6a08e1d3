/** Planted bugs of files: contents that are not there, or not on disk, when somebody relies on them. */

import type { Mutant } from "./mutants.js";

const BALLOT = "actors/ballot.js";
const FILE = "actors/file.js";
const CONTENTS = "storage/contents.js";
const CUSTODIAN = "runtime/files/custodian.js";
const LOOP = "runtime/loop.js";
const VERIFIED = "runtime/files/verified.js";
const GOLDEN = "test/golden/golden.test.js";
const ORDER = "test/storage/content-order.test.js";
const UPLOADS = "test/runtime/uploads.test.js";

export const FILE_MUTANTS: readonly Mutant[] = [
  {
    name: "files: a vote without the content",
    test: GOLDEN,
    patches: [
      {
        file: FILE,
        find: "return digest !== undefined && !env.holds(digest);",
        put: "return env.holds(digest) && false;",
      },
    ],
  },
  {
    name: "files: the bytes of a content are not on disk before the vote",
    test: ORDER,
    patches: [{ file: "storage/staging.js", find: "await this.#handle.datasync();", put: "" }],
  },
  {
    name: "files: the place of a content is not on disk before the vote",
    test: ORDER,
    patches: [{ file: CONTENTS, find: "this.#guarded(() => flushFolder(this.#kept));", put: "" }],
  },
  {
    name: "files: metadata before content",
    test: GOLDEN,
    patches: [
      { file: LOOP, find: "        custodian?.before(output);\n", put: "" },
      {
        file: LOOP,
        find: "const durable = this.#persist(output);",
        put: "const durable = this.#persist(output);\n        custodian?.before(output);",
      },
    ],
  },
  {
    name: "files: only a commit of rows flushes contents",
    patches: [
      {
        file: CUSTODIAN,
        find: 'if (records.some(({ record }) => record.kind === "prepared"))',
        put: "if (records.some(({ record }) => letsGo(record)))",
      },
    ],
  },
  {
    name: "files: what is promised is collected",
    patches: [{ file: CUSTODIAN, find: "if (promised.has(digest))", put: "if (false)" }],
  },
  {
    name: "files: what another file needs is collected",
    patches: [
      { file: CUSTODIAN, find: "return this.#storage.scan(marksOf(digest), 1).length > 0;", put: "return false;" },
    ],
  },
  {
    name: "files: what an aborted transaction had taken over is never collected",
    test: GOLDEN,
    patches: [
      {
        file: CUSTODIAN,
        find: "if (this.#isDue || records.some(({ record }) => letsGo(record)))",
        put: "if (this.#isDue)",
      },
    ],
  },
  {
    name: "files: what a crash has left is never collected",
    test: GOLDEN,
    patches: [
      { file: CUSTODIAN, find: "this.#doubtful = new Set(contents.all());", put: "this.#doubtful = new Set();" },
    ],
  },
  {
    name: "files: the mark is forgotten on a copy",
    test: GOLDEN,
    patches: [
      {
        file: BALLOT,
        find: "...marksFor(result, txn, env)",
        put: '...(operation.op === "copy" ? [] : marksFor(result, txn, env))',
      },
    ],
  },
  {
    name: "files: the mark of the content before stays",
    test: GOLDEN,
    patches: [{ file: FILE, find: "    if (before !== undefined)\n", put: "    if (false)\n" }],
  },
  {
    name: "files: a file where another one needs a folder",
    test: GOLDEN,
    patches: [{ file: BALLOT, find: "const file = obstacleTo(writes, env);", put: "const file = undefined;" }],
  },
  {
    name: "files: the folders of a file are not locked",
    test: GOLDEN,
    patches: [{ file: BALLOT, find: "folderKeys(operation.key)", put: "[]" }],
  },
  {
    name: "files: the source of a copy is not locked",
    test: GOLDEN,
    patches: [{ file: BALLOT, find: "[operation.source, ...folders]", put: "folders" }],
  },
  {
    name: "files: a digest is not checked on read",
    test: "test/runtime/verified.test.js",
    patches: [{ file: VERIFIED, find: "this.#digests[index]?.equals(sha256(chunk))", put: "true" }],
  },
  {
    name: "files: what is taken over is taken away from its uploader",
    test: UPLOADS,
    patches: [
      {
        file: CONTENTS,
        find: "            renameSync(draft, kept);\n",
        put: "            renameSync(draft, kept);\n            rmSync(join(this.#staged, staged));\n",
      },
    ],
  },
  {
    name: "files: whoever leaves first removes what others have staged, too",
    test: UPLOADS,
    patches: [{ file: "runtime/files/uploads.js", find: "if (!isShared)", put: "if (true)" }],
  },
];
