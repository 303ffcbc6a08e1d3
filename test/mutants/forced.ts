/** Planted bugs of what people force. */

import type { Mutant } from "./mutants.js";

const FORCED = "actors/forced.js";
const GOLDEN = "test/golden/golden.test.js";

export const FORCED_MUTANTS: readonly Mutant[] = [
  {
    name: "a forced outcome that was wrong is taken for the end",
    test: GOLDEN,
    patches: [{ file: FORCED, find: "if (end.outcome === state.order.outcome)", put: "if (true)" }],
  },
  {
    name: "forced while the coordinator is up",
    test: GOLDEN,
    patches: [{ file: FORCED, find: "objectionTo(state, env) !== undefined", put: "false" }],
  },
  {
    name: "what is forced is told before it is on disk",
    test: GOLDEN,
    patches: [
      {
        file: FORCED,
        find: "records: [{ record, forced: true }], writes, messages",
        put: "records: [{ record, forced: false }], writes: [], messages",
      },
    ],
  },
];
