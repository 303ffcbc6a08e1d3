/** Planted bugs of constraints. */

import type { Mutant } from "./mutants.js";

const BALLOT = "actors/ballot.js";
const IN_FORCE = "actors/constraints.js";
const GOLDEN = "test/golden/golden.test.js";

export const CONSTRAINTS: readonly Mutant[] = [
  {
    // While others vote no it changes no outcome. Conversations show each vote, and one in which it votes alone.
    name: "constraint skipped at one replica",
    test: GOLDEN,
    patches: [
      {
        file: BALLOT,
        find: "const violation = env.constraints.objectionTo(wanted, env);",
        put: 'const violation = env.self === "n2" ? undefined : env.constraints.objectionTo(wanted, env);',
      },
    ],
  },
  {
    name: "a newcomer keeps no constraints",
    test: GOLDEN,
    patches: [
      {
        file: "actors/membership/newcomer.js",
        find: "return stored ? {",
        put: "return stored && key.charCodeAt(0) !== 0 ? {",
      },
    ],
  },
  {
    name: "a constraint changes without a lock on what it binds",
    test: GOLDEN,
    patches: [{ file: BALLOT, find: "{ ...keys, ranges: [...keys.ranges, ...boundBy(operations)] }", put: "keys" }],
  },
  {
    name: "a constraint is taken that does not hold",
    test: "test/actors/constraints.test.js",
    patches: [{ file: IN_FORCE, find: "if (key === undefined)\n", put: "if (true)\n" }],
  },
  {
    name: "a constraint that was given up is in force",
    test: "test/actors/constraints.test.js",
    patches: [{ file: IN_FORCE, find: "ofPrefix.delete(kind);", put: "" }],
  },
];
