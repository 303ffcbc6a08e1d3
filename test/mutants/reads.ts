/** Planted bugs of what is read: by transaction functions, at one moment, and in ranges. */

import type { Mutant } from "./mutants.js";

const READERS = "actors/readers.js";
const CHECK = "actors/check.js";
const LOCKS = "actors/locks.js";
const GOLDEN = "test/golden/golden.test.js";
const TRANSACTIONS = "actors/transactions.js";

export const READS: readonly Mutant[] = [
  {
    // Among writers that look first it changes no outcome: they meet on the keys. But constraints rest on it.
    name: "a range that was read is not locked",
    patches: [{ file: LOCKS, find: "if (footprint.ranges.length > 0)", put: "if (false)" }],
  },
  {
    name: "a range that was read is not locked again at replay",
    test: GOLDEN,
    patches: [
      {
        file: TRANSACTIONS,
        find: "        this.#note(record);\n    }\n    /** The earliest",
        put: "        this.#note({ ...record, ranges: [] });\n    }\n    /** The earliest",
      },
    ],
  },
  {
    name: "a range that was read may be written under an undecided write of it",
    patches: [{ file: LOCKS, find: "        for (const range of ranges) {", put: "        for (const range of []) {" }],
  },
  {
    name: "a range has not changed while it has as many keys",
    patches: [
      {
        file: CHECK,
        find: "return check.version === versionOf(check.range, countIn(check.version), env);",
        put: "return countIn(check.version) === countIn(versionOf(check.range, countIn(check.version), env));",
      },
    ],
  },
  {
    name: "a key that came behind all that were in a range is not seen",
    patches: [{ file: CHECK, find: "env.scan(range, count + 1)", put: "env.scan(range, count)" }],
  },
  {
    name: "a snapshot of two moments",
    patches: [
      {
        file: READERS,
        find: "const changed = held && flawIn(held, env);",
        put: "const changed = undefined;",
      },
    ],
  },
  {
    name: "what was read before may be undecided when more is read",
    test: GOLDEN,
    patches: [
      { file: READERS, find: '...held.flatMap((check) => ("key" in check ? [check.key] : []))', put: "" },
      {
        file: READERS,
        find: 'const ranges = held.flatMap((check) => ("range" in check ? [check.range] : []));',
        put: "const ranges = [];",
      },
    ],
  },
  {
    name: "a page does not wait for an undecided write in it",
    patches: [{ file: READERS, find: "[...pages.map(({ covered }) => covered), ...ranges]", put: "ranges" }],
  },
  {
    name: "a version is used again after a delete",
    patches: [
      {
        file: "actors/ballot.js",
        find: "return { key, value: operation.value, version };",
        put: 'return { key, value: operation.value, version: env.read(key) ? version : "new" };',
      },
    ],
  },
  {
    name: "a simulated client does not ask what became of it, and tries under a new id",
    patches: [
      {
        file: "runtime/simulation/function-run.js",
        find: "const isOver = report?.standing.state",
        put: "if (!report) return this.#again();\n                const isOver = report?.standing.state",
      },
    ],
  },
  {
    name: "a lost answer is followed by another transaction under a new id",
    test: "test/runtime/lost-answers.test.js",
    patches: [{ file: "runtime/functions/run.js", find: "id: result.txn, ", put: "" }],
  },
];
