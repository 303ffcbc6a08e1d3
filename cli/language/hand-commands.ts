/** The commands for what people do by hand instead of the nodes: to vote. */

import type { Command } from "./command.js";

export const HAND_COMMANDS = {
  ballots: {
    usage: "ballots [NODE]",
    says: "show what waits for the vote of a person",
    details: ["A node asks its person after `validator NODE person`. What nobody answers in time is a no."],
    examples: ["ballots", "ballots n2", "watch 1 ballots n2"],
    oneShot: true,
  },
  vote: {
    usage: "vote NODE TXN commit|abort [REASON]",
    says: "vote on a transaction for the person of a node",
    details: ["Who proposed it is told the reason of an abort; quote one that has spaces."],
    examples: ["vote n2 01JDXK7C9P3Q commit", 'vote n2 01JDXK7C9P3Q abort "too expensive"'],
    choices: ["commit", "abort"],
    oneShot: true,
  },
} as const satisfies Record<string, Command>;
