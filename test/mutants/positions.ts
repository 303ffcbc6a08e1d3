/** Planted bugs about positions and followers. */

import type { Mutant } from "./mutants.js";

const POSITIONS = "actors/positions.js";

export const POSITION_MUTANTS: readonly Mutant[] = [
  {
    name: "a follower is told that a turn is complete before its commit is durable",
    patches: [
      {
        file: "actors/node.js",
        find: "turn.send(this.#followers.wake(turn));",
        put: "turn.frontier = this.#transactions.positions.frontier;\n        turn.send(this.#followers.wake(turn));",
      },
    ],
  },
  {
    name: "how far positions have come is lost with a restart",
    patches: [
      {
        file: POSITIONS,
        find: "this.#clock = clock;\n        this.#begin = begin;\n    }\n    /** The largest",
        put: "this.#clock = 0;\n        this.#begin = begin;\n    }\n    /** The largest",
      },
    ],
  },
  {
    name: "a decision stands where the last vote proposed, not where the highest did",
    patches: [
      {
        file: "actors/two-phase/coordinator.js",
        find: "Math.max(state.position, ballot.position ?? 0)",
        put: "ballot.position ?? state.position",
      },
    ],
  },
  {
    name: "a follower is told of what stands above an undecided promise",
    patches: [
      {
        file: POSITIONS,
        find: "        for (const lowest of this.#promised.values())\n            return lowest - 1;\n",
        put: "",
      },
    ],
  },
];
