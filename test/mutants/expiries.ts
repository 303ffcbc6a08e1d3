/** Planted bugs of keys with a time to live. */

import type { Mutant } from "./mutants.js";

const EXPIRY = "actors/expiry.js";
const BALLOT = "actors/ballot.js";
const GOLDEN = "test/golden/golden.test.js";
const READERS = "actors/readers.js";

export const EXPIRY_MUTANTS: readonly Mutant[] = [
  {
    name: "expiry by the local clock alone: a reader does not see what is past its instant",
    patches: [
      {
        file: READERS,
        find: "const values = keys.map((key) => env.read(key));",
        put: `const due = env.scan({ start: "\\0expires/", end: "\\0expires/" + String(Math.floor(env.now)).padStart(16, "0") + "0" }, 1000);
    const values = keys.map((key) => {
        const stored = env.read(key);
        return due.some((row) => row.key.endsWith("/" + key) && row.stored.version === stored?.version) ? undefined : stored;
    });`,
      },
    ],
  },
  {
    name: "expiry by the local clock alone: a participant says when",
    patches: [
      {
        file: BALLOT,
        find: "...expiryOf(operation, txn)",
        put: "...expiryOf(operation.ttlMs === undefined ? operation : { ...operation, expiresAt: Math.ceil(env.now + operation.ttlMs) }, txn)",
      },
    ],
  },
  {
    // Harmless by itself: whatever is there instead is left alone. But then a promise is not what was judged.
    name: "an expiry does not hold what it leaves",
    test: GOLDEN,
    patches: [{ file: BALLOT, find: "writes.length < footprint.writes.length ?", put: "false ?" }],
  },
  {
    name: "an expiry removes what was written again",
    patches: [
      {
        file: EXPIRY,
        find: "const isAsPut = env.read(key)?.version === due.version;",
        put: "const isAsPut = env.read(key) !== undefined;",
      },
    ],
  },
  {
    name: "an expiry removes what was put without a time to live",
    patches: [
      {
        file: EXPIRY,
        find: "    if (!due)\n        return [];",
        put: "    if (!due)\n        return env.read(key) ? [{ key, value: undefined, version }] : [];",
      },
    ],
  },
  {
    name: "an expiry leaves its row",
    patches: [
      {
        file: EXPIRY,
        find: "return [row, ...(isAsPut ? [key] : [])].map(",
        put: "return (isAsPut ? [key] : []).map(",
      },
    ],
  },
];
