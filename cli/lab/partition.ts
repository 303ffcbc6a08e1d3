/** A tour without a cluster: three-phase commit splits when its failure detector is wrong, as under a partition. */

import { exploreProcesses } from "../../runtime/exploration/report.js";
import type { Lab, Stage } from "./lab.js";

const TWO = { processes: 2, crashes: 0, rounds: 2 };

/** The shortest conversation that leads to a contradiction, if there is any. */
function split(partition: boolean): readonly string[] {
  return exploreProcesses({ ...TWO, partition }).violation?.conversation ?? [];
}

function shownTo({ show }: Stage, lines: readonly string[]): void {
  show(...lines);
}

export const PARTITION: Lab = {
  name: "partition",
  title: "Three-phase commit splits under a partition",
  about:
    "It relies on knowing who has failed. Where a link that is cut looks like a death, both sides decide, differently.",
  steps: [
    {
      say: "First the rule: every state of two processes is visited, in which the failure detector is always right.",
      do: async () => undefined,
      expect: [{ that: "all that decided agree, in every state", holds: () => split(false).length === 0 }],
    },
    {
      say:
        "Now the link between them is cut, and each takes the other one for dead. This is the shortest way to the worst, found " +
        "by visiting all others: n1, who coordinates, knows that all voted yes, and goes on alone. n2 knows only its own yes.",
      do: async (stage) => shownTo(stage, split(true)),
      expect: [
        {
          that: "n1 committed, and n2 was aborted",
          holds: () => {
            const last = split(true).at(-1) ?? "";
            return /n1 is up \(.*concluded t1 committed.*n2 is up \(.*concluded t1 aborted/.test(last);
          },
        },
      ],
    },
  ],
};
